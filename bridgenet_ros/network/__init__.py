"""BridgeNet, one block of the paper a file."""
