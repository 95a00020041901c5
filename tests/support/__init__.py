"""What tests stand on: private servers, service processes, a proxy that fails on request, and a raw RPC client."""
