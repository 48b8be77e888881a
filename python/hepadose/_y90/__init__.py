"""The parts of `hepadose.y90`, one concept a module; `hepadose.y90` is their public face."""
