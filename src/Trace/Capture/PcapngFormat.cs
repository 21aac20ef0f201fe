using System.Buffers.Binary;
using System.Text;

namespace Blockwire.Trace.Capture;

/// <summary>Numbers of the pcapng format (draft-ietf-opsawg-pcapng) that its reader and its writer share.</summary>
internal static class PcapngFormat
{
    public const uint SectionHeader = 0x0A0D0D0A;
    public const uint ByteOrderMagic = 0x1A2B3C4D;
    public const uint InterfaceDescription = 1;
    public const uint SimplePacket = 3;
    public const uint InterfaceStatistics = 5;
    public const uint EnhancedPacket = 6;

    public const ushort OptionEnd = 0;
    public const ushort OptionComment = 1;
    public const ushort SectionApplication = 4;
    public const ushort InterfaceName = 2;
    public const ushort InterfaceTimeResolution = 9;
    public const ushort InterfaceTimeOffset = 14;
    public const ushort PacketDropCount = 4;
    public const ushort StatisticsReceived = 4;
    public const ushort StatisticsDropped = 5;

    /// <summary>Type, two lengths.</summary>
    public const int MinBlockBytes = 12;
}

/// <summary>Builds pcapng blocks, little-endian, into memory that it grows and keeps.</summary>
internal sealed class PcapngBlocks
{
    private byte[] _bytes = new byte[64 << 10];
    private int _length;
    private int _blockAt;

    /// <summary>Whole blocks, one behind the other.</summary>
    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _length);

    public void Clear() => _length = 0;

    /// <summary>Section Header Block with the program's name.</summary>
    public void AddSection(string application)
    {
        Begin(PcapngFormat.SectionHeader);
        U32(PcapngFormat.ByteOrderMagic);
        U16(1);
        U16(0);
        U64(ulong.MaxValue); // the section's length is not known
        Text(PcapngFormat.SectionApplication, application);
        U32(PcapngFormat.OptionEnd);
        End();
    }

    /// <summary>Interface Description Block with times in nanoseconds.</summary>
    public void AddInterface(ushort linkType, string name)
    {
        Begin(PcapngFormat.InterfaceDescription);
        U16(linkType);
        U16(0);
        U32(0); // packets of any length
        Text(PcapngFormat.InterfaceName, name);
        U16(PcapngFormat.InterfaceTimeResolution);
        U16(1);
        Bytes([9]);
        U32(PcapngFormat.OptionEnd);
        End();
    }

    /// <summary>Enhanced Packet Block.</summary>
    /// <param name="nanoseconds">Time since 1970.</param>
    /// <param name="headers">The packet's first part.</param>
    /// <param name="payload">The rest of it.</param>
    /// <param name="comment">A remark for readers, or null.</param>
    /// <param name="dropCount">Packets that are missing before this one; 0 when none.</param>
    public void AddPacket(ulong nanoseconds, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload, string? comment = null, ulong dropCount = 0)
    {
        Begin(PcapngFormat.EnhancedPacket);
        U32(0);
        U32((uint)(nanoseconds >> 32));
        U32((uint)nanoseconds);
        U32((uint)(headers.Length + payload.Length));
        U32((uint)(headers.Length + payload.Length));
        Room(headers.Length, pad: false, out Span<byte> first);
        headers.CopyTo(first);
        Room(payload.Length, pad: false, out Span<byte> second);
        payload.CopyTo(second);
        Pad();
        if (comment is not null || dropCount != 0)
        {
            if (comment is not null)
            {
                Text(PcapngFormat.OptionComment, comment);
            }

            if (dropCount != 0)
            {
                U16(PcapngFormat.PacketDropCount);
                U16(8);
                U64(dropCount);
            }

            U32(PcapngFormat.OptionEnd);
        }

        End();
    }

    /// <summary>Interface Statistics Block.</summary>
    public void AddStatistics(ulong nanoseconds, ulong received, ulong dropped)
    {
        Begin(PcapngFormat.InterfaceStatistics);
        U32(0);
        U32((uint)(nanoseconds >> 32));
        U32((uint)nanoseconds);
        U16(PcapngFormat.StatisticsReceived);
        U16(8);
        U64(received);
        U16(PcapngFormat.StatisticsDropped);
        U16(8);
        U64(dropped);
        U32(PcapngFormat.OptionEnd);
        End();
    }

    private void Begin(uint type)
    {
        _blockAt = _length;
        U32(type);
        U32(0);
    }

    private void End()
    {
        uint length = (uint)(_length + 4 - _blockAt);
        U32(length);
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(_blockAt + 4), length);
    }

    private void Text(ushort option, string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        U16(option);
        U16((ushort)utf8.Length);
        Bytes(utf8);
    }

    private void Bytes(ReadOnlySpan<byte> bytes)
    {
        Room(bytes.Length, pad: true, out Span<byte> room);
        bytes.CopyTo(room);
    }

    private void Pad()
    {
        Room(-(_length - _blockAt) & 3, pad: false, out Span<byte> room);
        room.Clear();
    }

    private void U16(ushort value)
    {
        Room(2, pad: false, out Span<byte> room);
        BinaryPrimitives.WriteUInt16LittleEndian(room, value);
    }

    private void U32(uint value)
    {
        Room(4, pad: false, out Span<byte> room);
        BinaryPrimitives.WriteUInt32LittleEndian(room, value);
    }

    private void U64(ulong value)
    {
        Room(8, pad: false, out Span<byte> room);
        BinaryPrimitives.WriteUInt64LittleEndian(room, value);
    }

    private void Room(int count, bool pad, out Span<byte> room)
    {
        int taken = pad ? (count + 3) & ~3 : count;
        if (_length + taken > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + taken));
        }

        room = _bytes.AsSpan(_length, taken);
        room[count..].Clear();
        room = room[..count];
        _length += taken;
    }
}
