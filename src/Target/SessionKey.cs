using System.Net;
using Blockwire.Protocol.Login;

namespace Blockwire.Target;

/// <summary>
/// What makes a login with TSIH 0 a reinstatement of an older session: the same initiator port and the same target portal group (RFC 7143 §6.3.5).
/// </summary>
/// <remarks>A discovery session without target name is one with the address that it was opened at (§7.4.2.1).</remarks>
internal readonly record struct SessionKey(string InitiatorName, ulong Isid, string? TargetName, ushort PortalGroupTag, IPEndPoint? Portal)
{
    public static SessionKey Of(in LoginCandidate candidate, IPEndPoint local) =>
        new(candidate.InitiatorName, candidate.Isid, candidate.TargetName, candidate.PortalGroupTag, candidate.TargetName is null ? local : null);
}
