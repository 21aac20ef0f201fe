using System.Net;

namespace Blockwire.Transport;

/// <summary>Is told of every connection that begins: what a capture listens with. Absent, it costs one null check a call.</summary>
public interface ITransportTap
{
    /// <summary>A connection began. May be called from any thread.</summary>
    /// <param name="local">Our address.</param>
    /// <param name="remote">The peer's address.</param>
    /// <param name="accepted">True: the peer connected to us. False: we connected to the peer.</param>
    IConnectionTap Open(IPEndPoint local, IPEndPoint remote, bool accepted);
}

/// <summary>
/// Hears what goes over one connection. The memory is lent for the call: whoever keeps bytes copies them. Nothing here may wait: it is called where bytes are moved.
/// One call of each kind at a time, but different kinds from different threads.
/// </summary>
public interface IConnectionTap
{
    /// <summary>Bytes that have just been received.</summary>
    void Received(ReadOnlySpan<byte> bytes);

    /// <summary>
    /// Bytes that are handed to the socket next: told before, so that no answer to them can be heard first. When the connection breaks, the last of them may not have left.
    /// </summary>
    void Sent(ReadOnlySpan<byte> bytes);

    /// <summary>The peer has sent its FIN.</summary>
    void ReceivedEnd();

    /// <summary>We have sent our FIN.</summary>
    void SentEnd();

    /// <summary>The connection is over, however it ended. Told once, last.</summary>
    void Closed();
}
