namespace Blockwire.Protocol.Session;

/// <summary>An R2T as it was sent.</summary>
/// <param name="R2TSN">Its number in the task.</param>
/// <param name="TargetTransferTag">Its tag.</param>
/// <param name="Offset">First byte that it asked for.</param>
/// <param name="LengthBytes">How many.</param>
internal readonly record struct SentR2T(uint R2TSN, uint TargetTransferTag, uint Offset, uint LengthBytes);
