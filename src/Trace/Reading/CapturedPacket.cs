namespace Blockwire.Trace.Reading;

/// <summary>A packet as a capture holds it.</summary>
/// <param name="Number">Its number in the capture, from 1, as Wireshark counts.</param>
/// <param name="Nanoseconds">Time since 1970; null when the capture has none.</param>
/// <param name="LinkType">LINKTYPE_ number of what its first byte belongs to.</param>
/// <param name="Bytes">What was captured of it.</param>
/// <param name="DropCount">Packets that the capture says are missing before this one.</param>
internal readonly record struct CapturedPacket(long Number, long? Nanoseconds, int LinkType, ReadOnlyMemory<byte> Bytes, ulong DropCount = 0);

/// <summary>LINKTYPE_ numbers (tcpdump.org/linktypes.html) that are understood.</summary>
internal static class LinkTypes
{
    public const int Null = 0;
    public const int Ethernet = 1;
    public const int RawBsd = 12;
    public const int RawOpenBsd = 14;
    public const int Raw = 101;
    public const int Loop = 108;
    public const int LinuxCooked = 113;
    public const int IPv4 = 228;
    public const int IPv6 = 229;
    public const int LinuxCooked2 = 276;
}
