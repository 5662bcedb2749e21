import socket

connections = []
while True:
    connections.append(socket.socket())
