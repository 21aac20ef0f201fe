using System.Buffers.Binary;

namespace Blockwire.Trace.Reading;

/// <summary>Reads the classic format of libpcap: microseconds or nanoseconds, either byte order.</summary>
internal static class PcapReader
{
    /// <summary>Longest record that is believed: far above any packet, far below what hurts.</summary>
    internal const int MaxPacketBytes = 16 << 20;

    private const uint Microseconds = 0xA1B2C3D4;
    private const uint Nanoseconds = 0xA1B23C4D;
    private const uint Modified = 0xA1B2CD34; // Kuznetzov's: 8 more bytes a record
    private const int FileHeaderBytes = 24;
    private const int RecordHeaderBytes = 16;
    private const int ModifiedBytes = 8;

    public static bool Recognizes(ReadOnlySpan<byte> first) => first.Length >= 4 && (IsMagic(U32(first, false)) || IsMagic(U32(first, true)));

    /// <summary>The packets, one by one.</summary>
    /// <exception cref="TraceException">The file is none, or broken.</exception>
    public static IEnumerable<CapturedPacket> Read(ByteSource source, Action<string> note)
    {
        byte[] header = new byte[FileHeaderBytes];
        if (source.Read(header) < FileHeaderBytes)
        {
            throw new TraceException("the capture ends within its header; it holds nothing");
        }

        bool isBig = IsMagic(U32(header, true));
        uint magic = U32(header, isBig);
        long unit = magic == Nanoseconds ? 1 : 1000;
        int linkType = (int)(U32(header.AsSpan(20), isBig) & 0x0FFF_FFFF); // above: FCS length
        byte[] record = new byte[RecordHeaderBytes + (magic == Modified ? ModifiedBytes : 0)];
        for (long number = 1; ; number++)
        {
            long at = source.Position;
            int read = source.Read(record);
            if (read == 0)
            {
                yield break;
            }

            uint length = read < record.Length ? 0 : U32(record.AsSpan(8), isBig);
            if (length > MaxPacketBytes)
            {
                throw new TraceException($"packet {number} at byte {at} claims {length} bytes: the capture is broken from there on");
            }

            byte[] bytes = new byte[length];
            if (read < record.Length || source.Read(bytes) < bytes.Length)
            {
                note($"the capture ends within packet {number}: it was cut short");
                yield break;
            }

            long time = (U32(record, isBig) * 1_000_000_000L) + (U32(record.AsSpan(4), isBig) * unit);
            yield return new(number, time, linkType, bytes);
        }
    }

    private static bool IsMagic(uint value) => value is Microseconds or Nanoseconds or Modified;

    private static uint U32(ReadOnlySpan<byte> bytes, bool isBig) =>
        isBig ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
}
