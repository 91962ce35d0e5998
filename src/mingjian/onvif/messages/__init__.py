"""ONVIF's messages, sans-I/O: values, nonces and `now` in, requests out; bytes in, frozen types out."""
