"use strict";
/* Passkeys: asks the browser for one and sends its answer as a form field. Forms say what they want:
   data-passkey="create" or "get"; data-options names the JSON in the page, data-options-url asks for it. */
(() => {
  const forms = document.querySelectorAll("form[data-passkey]");
  const supported = Boolean(window.PublicKeyCredential && navigator.credentials);

  function toBytes(text) {
    const binary = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
  }
  function toText(buffer) {
    const binary = String.fromCharCode(...new Uint8Array(buffer));
    return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }
  const described = (list) => (list || []).map((item) => ({ ...item, id: toBytes(item.id) }));

  async function create(options) {
    const key = options.publicKey;
    return navigator.credentials.create({
      publicKey: {
        ...key,
        challenge: toBytes(key.challenge),
        user: { ...key.user, id: toBytes(key.user.id) },
        excludeCredentials: described(key.excludeCredentials),
      },
    });
  }
  async function get(options) {
    const key = options.publicKey;
    return navigator.credentials.get({
      publicKey: { ...key, challenge: toBytes(key.challenge), allowCredentials: described(key.allowCredentials) },
    });
  }
  function asJson(credential) {
    const answer = credential.response;
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (answer[name]) response[name] = toText(answer[name]);
    }
    return {
      id: credential.id,
      rawId: toText(credential.rawId),
      type: credential.type,
      response,
      clientExtensionResults: credential.getClientExtensionResults(),
    };
  }

  async function optionsOf(form) {
    if (form.dataset.options) return JSON.parse(document.getElementById(form.dataset.options).textContent);
    const answer = await fetch(form.dataset.optionsUrl, {
      method: "POST",
      headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
    });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }

  for (const form of forms) {
    const button = form.querySelector("[data-passkey-button]");
    const problem = form.querySelector("[data-passkey-problem]");
    if (!supported) {
      if (form.dataset.passkey === "create") problem.hidden = false;
      else form.hidden = true;
      continue;
    }
    form.hidden = false;
    button.disabled = false;
    form.addEventListener("submit", async (event) => {
      if (form.elements.credential.value) return;
      event.preventDefault();
      problem.hidden = true;
      button.disabled = true;
      try {
        const options = await optionsOf(form);
        const credential = await (form.dataset.passkey === "create" ? create(options) : get(options));
        form.elements.credential.value = JSON.stringify(asJson(credential));
        form.submit();
      } catch {
        // Closed by the person, timed out, or no key at hand: browsers do not tell which.
        problem.hidden = false;
        button.disabled = false;
      }
    });
  }
})();
