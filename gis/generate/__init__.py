"""What no file gives: uses and storeys of buildings, people, facilities, weather, whole towns."""
