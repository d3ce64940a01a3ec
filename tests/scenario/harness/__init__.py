"""What the scenarios are told with: a throw-away PKI, the real gateway, real backends and real clients."""
