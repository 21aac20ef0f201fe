namespace Blockwire.Scsi.Device;

/// <summary>
/// An I_T nexus: one initiator port with one target port (SAM-5 §4.8). An iSCSI session is one nexus; the target creates it when a login
/// finishes and ends it with the session (RFC 7143 §4.4.2).
/// </summary>
public sealed class Nexus(string initiatorName, ulong isid, ushort relativeTargetPort, ushort targetPortGroup)
{
    /// <summary>iSCSI name of the initiator.</summary>
    public string InitiatorName { get; } = initiatorName;

    /// <summary>Initiator session identifier, 48 bits.</summary>
    public ulong Isid { get; } = isid;

    /// <summary>Relative target port identifier, 1 and up.</summary>
    public ushort RelativeTargetPort { get; } = relativeTargetPort;

    /// <summary>Target portal group tag.</summary>
    public ushort TargetPortGroup { get; } = targetPortGroup;

    /// <summary>The initiator port's name, as SCSI spells it: name, ",i,0x" and the ISID (RFC 7143 §4.4.2 and §4.2.7.1).</summary>
    public string InitiatorPortName => Name.InitiatorPort;

    /// <summary>What the nexus is called by what outlives it.</summary>
    public NexusName Name { get; } = NexusName.Of(initiatorName, isid, relativeTargetPort);

    /// <summary>
    /// Negotiated iSCSIProtocolLevel, 0 to 31 (RFC 7144 §7.1.1). The version descriptor of the standard INQUIRY data shows it, and from 2 on the nexus has
    /// the task management functions of RFC 7144.
    /// </summary>
    public int ProtocolLevel { get; init; } = 1;

    /// <inheritdoc/>
    public override string ToString() => InitiatorPortName;
}
