using System.Buffers;
using System.Net;
using System.Net.Sockets;

namespace Blockwire.Transport;

/// <summary>Opens connections to portals.</summary>
public static class PortalConnector
{
    /// <summary>Connects to a host by name or address; of several addresses each is tried in turn.</summary>
    /// <param name="host">A host name, or an IPv4 or IPv6 address without brackets.</param>
    /// <param name="port">TCP port.</param>
    /// <param name="pool">Where buffers come from.</param>
    /// <param name="tap">Hears what goes over the connection; null when nobody listens.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SocketException">The name is not known, or no address of it took the connection: that of the last attempt.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async ValueTask<PeerConnection> ConnectAsync(string host, int port, MemoryPool<byte> pool, ITransportTap? tap, CancellationToken cancellationToken)
    {
        IPAddress[] addresses = IPAddress.TryParse(host, out IPAddress? literal)
            ? [literal]
            : await Dns.GetHostAddressesAsync(host, cancellationToken).ConfigureAwait(false);
        SocketException last = new((int)SocketError.HostNotFound);
        foreach (IPAddress address in addresses)
        {
            Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, port), cancellationToken).ConfigureAwait(false);
                return new PeerConnection(socket, pool, tap, accepted: false);
            }
            catch (SocketException failure)
            {
                socket.Dispose();
                last = failure;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        throw last;
    }
}
