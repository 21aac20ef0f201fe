namespace Blockwire.Scsi.Device;

/// <summary>A SCSI target port: in iSCSI a portal group of a target (RFC 7143 §4.4.2).</summary>
/// <param name="RelativeId">Relative target port identifier, 1 and up.</param>
/// <param name="Group">Target port group, which is the portal group tag.</param>
public sealed record TargetPort(ushort RelativeId, ushort Group);
