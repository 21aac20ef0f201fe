using System.Net;
using System.Net.Sockets;

namespace Blockwire.Target;

/// <summary>A portal cannot be opened.</summary>
public sealed class PortalException : Exception
{
    internal PortalException(IPEndPoint endPoint, SocketException cause)
        : base($"cannot listen on {endPoint}: {Reason(endPoint, cause)}", cause) => EndPoint = endPoint;

    /// <summary>The address that was asked for.</summary>
    public IPEndPoint EndPoint { get; }

    private static string Reason(IPEndPoint endPoint, SocketException cause) => cause.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => "the address is in use; stop what uses it, or choose another port",
        SocketError.AccessDenied => $"permission denied; ports below 1024 need privileges, {endPoint.Port} may be one of them",
        SocketError.AddressNotAvailable => "this machine has no such address",
        SocketError.AddressFamilyNotSupported => "this machine does not support the address family",
        _ => cause.Message,
    };
}
