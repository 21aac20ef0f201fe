using System.Buffers.Binary;
using Blockwire.Trace.Capture;

namespace Blockwire.Trace.Reading;

/// <summary>A TCP segment without its payload's bytes.</summary>
/// <param name="Source">Who sent it.</param>
/// <param name="Destination">To whom.</param>
/// <param name="Sequence">Sequence number of its first byte.</param>
/// <param name="Acknowledgment">Next byte expected from the other side; counts with ACK.</param>
/// <param name="Flags">Control bits.</param>
/// <param name="Length">Length of the payload, captured or not.</param>
internal readonly record struct TcpSegment(
    Endpoint Source, Endpoint Destination, uint Sequence, uint Acknowledgment, TcpFlags Flags, int Length)
{
    public bool Has(TcpFlags flag) => (Flags & flag) != TcpFlags.None;

    /// <summary>Reads a segment; false when it is none.</summary>
    /// <param name="source">The sender without its port.</param>
    /// <param name="destination">The receiver without its port.</param>
    /// <param name="bytes">The segment as far as it was captured.</param>
    /// <param name="length">Length of the segment on the wire.</param>
    /// <param name="segment">What it says.</param>
    /// <param name="payload">As much of its payload as was captured.</param>
    public static bool TryRead(
        Endpoint source, Endpoint destination, ReadOnlySpan<byte> bytes, int length, out TcpSegment segment, out ReadOnlySpan<byte> payload)
    {
        segment = default;
        payload = default;
        int header = bytes.Length < 20 ? 0 : bytes[12] >> 4 << 2;
        if (header < 20 || header > length)
        {
            return false;
        }

        segment = new(
            source with { Port = BinaryPrimitives.ReadUInt16BigEndian(bytes) },
            destination with { Port = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]) },
            BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]),
            BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]),
            (TcpFlags)bytes[13],
            length - header);
        payload = header < bytes.Length ? bytes[header..] : default;
        return true;
    }
}
