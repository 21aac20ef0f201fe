namespace Blockwire.Scsi.Device.Reservations;

/// <summary>A registered I_T nexus (SPC-4 §5.13.7).</summary>
/// <param name="Nexus">The nexus.</param>
/// <param name="Key">Its reservation key, never 0.</param>
internal readonly record struct Registration(NexusName Nexus, ulong Key);
