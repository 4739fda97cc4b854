"""Finding the file systems of a disk that can be read, and saying clearly why the others can't."""

from localhub.browsing.disks import Readable
from localhub.browsing.filesystems import FileSystem, NotSupported
from localhub.browsing.signatures import NAMES, SUPPORTED
from localhub.browsing.sleuth import Sleuth
from localhub.browsing.volumes import Volume, find_volumes
from localhub.browsing.xfs import Xfs

EXT_LABEL, FAT32_LABEL, FAT_LABEL = (1144, 16), (71, 11), (43, 11)
VOLUME_FILE, VOLUME_NAME = 3, 0x60


def open_filesystems(disk: Readable) -> list[FileSystem]:
    """The readable file systems of a disk, in its order. Raises NotSupported when there is none."""
    opened: list[FileSystem] = []
    refused: list[str] = []
    for volume in find_volumes(disk):
        try:
            opened.append(open_filesystem(volume))
        except NotSupported as error:
            refused.append(error.text)
    if not opened:
        raise NotSupported("the disk holds " + (", ".join(refused) or "nothing"))
    return opened


def open_filesystem(volume: Volume) -> FileSystem:
    if volume.kind not in SUPPORTED:
        raise NotSupported(NAMES[volume.kind])
    if volume.kind == "XFS":
        return Xfs(volume.data)
    filesystem = Sleuth(volume.data, label=superblock_label(volume))
    if volume.kind == "NTFS":
        filesystem.label = ntfs_label(filesystem)
    return filesystem


def superblock_label(volume: Volume) -> str:
    if volume.kind == "ext":
        place = EXT_LABEL
    else:
        place = FAT32_LABEL if volume.data.read_at(82, 5) == b"FAT32" else FAT_LABEL
    text = volume.data.read_at(*place).split(b"\0")[0].decode("utf-8", "replace").rstrip()
    return "" if volume.kind != "ext" and text == "NO NAME" else text


def ntfs_label(filesystem: Sleuth) -> str:
    for attribute in filesystem.fs.open_meta(inode=VOLUME_FILE):
        if int(attribute.info.type) == VOLUME_NAME and int(attribute.info.size):
            file = filesystem.fs.open_meta(inode=VOLUME_FILE)
            data = file.read_random(0, int(attribute.info.size), attribute.info.type, attribute.info.id)
            return str(data.decode("utf-16-le", "replace"))
    return ""
