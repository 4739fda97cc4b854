"""Finding machines at the vCenters of hubs, and making hubs know them; the credentials that it takes."""
