"""Pictures: collected, recorded, shown live, played back. See README.md for the way of a frame."""
