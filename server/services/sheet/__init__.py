"""The onboarding sheet: all that a sender has to know of us, and no secret."""
