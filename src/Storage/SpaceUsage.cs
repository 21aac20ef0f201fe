namespace Blockwire.Storage;

/// <summary>What space a device takes where it lives.</summary>
/// <param name="UsedBytes">Bytes that stand behind its blocks now.</param>
/// <param name="AvailableBytes">Bytes that it could still take, others permitting; null when that cannot be told.</param>
public readonly record struct SpaceUsage(ulong UsedBytes, ulong? AvailableBytes);
