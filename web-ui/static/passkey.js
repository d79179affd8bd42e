// Passkeys (Web Authentication, level 2): asks the browser, fills the form with its answer, sends it.
"use strict";

const textOf = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const bytesFrom = (text) => Uint8Array.from(
  atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));

// -7: ECDSA on P-256; -8: Ed25519. The server knows these two.
function creation({ party, challenge, user, name, known }) {
  return {
    challenge: bytesFrom(challenge),
    rp: { id: party, name: "Hearth" },
    user: { id: bytesFrom(user), name, displayName: name },
    pubKeyCredParams: [{ type: "public-key", alg: -7 }, { type: "public-key", alg: -8 }],
    excludeCredentials: known.split(" ").filter(Boolean)
      .map((id) => ({ type: "public-key", id: bytesFrom(id) })),
    authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
    attestation: "none",
  };
}

const request = ({ party, challenge }) => ({
  challenge: bytesFrom(challenge),
  rpId: party,
  userVerification: "required",
});

async function answer(form) {
  if (form.dataset.passkey === "create") {
    const made = await navigator.credentials.create({ publicKey: creation(form.dataset) });
    return {
      client_data: made.response.clientDataJSON,
      attestation: made.response.attestationObject,
    };
  }
  const used = await navigator.credentials.get({ publicKey: request(form.dataset) });
  return {
    id: used.rawId,
    client_data: used.response.clientDataJSON,
    authenticator_data: used.response.authenticatorData,
    signature: used.response.signature,
  };
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const button = form.querySelector("button");
  const problem = form.querySelector(".problem");
  // Browsers that know no passkeys are offered none.
  form.hidden = !window.PublicKeyCredential;
  form.addEventListener("submit", async (event) => {
    // Sent by `form.submit()`, once there is an answer: that asks nobody.
    event.preventDefault();
    button.disabled = true;
    problem.hidden = true;
    try {
      for (const [name, value] of Object.entries(await answer(form))) {
        form.elements[name].value = textOf(value);
      }
      form.submit();
    } catch {
      problem.hidden = false;
    } finally {
      button.disabled = false;
    }
  });
}
