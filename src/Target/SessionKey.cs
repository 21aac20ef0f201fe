using Blockwire.Protocol.Login;

namespace Blockwire.Target;

/// <summary>
/// What makes a login with TSIH 0 a reinstatement of an older session: the same initiator port and the same target portal group (RFC 7143 §6.3.5).
/// </summary>
internal readonly record struct SessionKey(string InitiatorName, ulong Isid, string? TargetName, ushort PortalGroupTag)
{
    public static SessionKey Of(in LoginCandidate candidate) =>
        new(candidate.InitiatorName, candidate.Isid, candidate.TargetName, candidate.PortalGroupTag);
}
