namespace Blockwire.Trace.Reading;

/// <summary>Guesses whether bytes without a capture around them are a packet.</summary>
internal static class PacketGuess
{
    private static readonly int[] Candidates = [LinkTypes.Raw, LinkTypes.Ethernet, LinkTypes.LinuxCooked, LinkTypes.LinuxCooked2, LinkTypes.Null];

    public static bool IsPacket(byte[] bytes) => LinkTypeOf(bytes) is not null;

    /// <summary>The link type under which the bytes are a TCP segment in IP whose lengths fit; null when there is none.</summary>
    public static int? LinkTypeOf(byte[] bytes)
    {
        foreach (int linkType in Candidates)
        {
            if (LinkLayer.TryFindIp(linkType, bytes, out ReadOnlySpan<byte> ip)
                && IpLayer.Read(ip, out Endpoint source, out Endpoint destination, out ReadOnlySpan<byte> segment, out int length) == IpContent.Tcp
                && segment.Length == length
                && TcpSegment.TryRead(source, destination, segment, length, out _, out _))
            {
                return linkType;
            }
        }

        return null;
    }
}
