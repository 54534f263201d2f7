"""OpenID Connect: people prove who they are to somebody else's identity provider."""
