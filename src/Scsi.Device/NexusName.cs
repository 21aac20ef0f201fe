namespace Blockwire.Scsi.Device;

/// <summary>
/// Names an I_T nexus, whether it is there or not: its initiator port and its target port (SPC-4 §5.13.2). Persistent reservations are kept for it, so that they
/// outlive sessions.
/// </summary>
/// <param name="InitiatorPort">Name of the initiator port: iSCSI name, ",i,0x" and twelve digits of the ISID, in lower case.</param>
/// <param name="TargetPort">Relative target port identifier.</param>
public readonly record struct NexusName(string InitiatorPort, ushort TargetPort)
{
    /// <summary>The name of a nexus of an initiator's port (RFC 7143 §4.2.7.1, §4.4.2).</summary>
    /// <param name="initiatorName">iSCSI name of the initiator.</param>
    /// <param name="isid">Initiator session identifier, 48 bits.</param>
    /// <param name="targetPort">Relative target port identifier.</param>
    public static NexusName Of(string initiatorName, ulong isid, ushort targetPort) => new($"{initiatorName},i,0x{isid:x12}", targetPort);
}
