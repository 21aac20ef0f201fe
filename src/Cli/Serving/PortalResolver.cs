using System.Net;
using System.Net.Sockets;
using Blockwire.Protocol.Naming;

namespace Blockwire.Cli.Serving;

/// <summary>Turns where to listen, as it was written, into the end point to bind.</summary>
internal static class PortalResolver
{
    /// <summary>The end point; of a host name the first address that it has.</summary>
    /// <exception cref="CliException">The name has no address.</exception>
    public static async Task<IPEndPoint> ResolveAsync(PortalAddress portal, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(portal.Host, out IPAddress? address))
        {
            return new(address, portal.Port);
        }

        try
        {
            IPAddress[] found = await Dns.GetHostAddressesAsync(portal.Host, cancellationToken);
            return found.Length > 0 ? new(found[0], portal.Port) : throw new SocketException((int)SocketError.HostNotFound);
        }
        catch (SocketException failure)
        {
            throw new CliException(
                $"cannot listen on {portal}: the name '{portal.Host}' has no address ({failure.Message}); give an IP address", failure);
        }
    }
}
