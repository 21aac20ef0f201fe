using System.Buffers.Binary;
using Blockwire.Trace.Capture;

namespace Blockwire.Trace.Reading;

/// <summary>Reads pcapng: sections in either byte order, enhanced and simple packet blocks; other blocks are passed over.</summary>
internal sealed class PcapngReader
{
    private const int MaxInterfaces = 1 << 16;
    private const int MaxBlockBytes = PcapReader.MaxPacketBytes + (1 << 20);
    private readonly ByteSource _source;
    private readonly Action<string> _note;
    private readonly List<Interface> _interfaces = [];
    private bool _isBig;
    private long _packets;

    private PcapngReader(ByteSource source, Action<string> note)
    {
        _source = source;
        _note = note;
    }

    // The section header reads the same in both byte orders.
    public static bool Recognizes(ReadOnlySpan<byte> first) =>
        first.Length >= 4 && BinaryPrimitives.ReadUInt32BigEndian(first) == PcapngFormat.SectionHeader;

    /// <summary>The packets, one by one.</summary>
    /// <exception cref="TraceException">The file is broken.</exception>
    public static IEnumerable<CapturedPacket> Read(ByteSource source, Action<string> note) => new PcapngReader(source, note).Read();

    private IEnumerable<CapturedPacket> Read()
    {
        byte[] head = new byte[8];
        while (true)
        {
            long at = _source.Position;
            int read = _source.Read(head);
            if (read == 0)
            {
                yield break;
            }

            if (read < head.Length || !TryReadBody(head, at, out uint type, out byte[] body))
            {
                _note($"the capture ends within the block at byte {at}: it was cut short");
                yield break;
            }

            switch (type)
            {
                case PcapngFormat.SectionHeader:
                    _interfaces.Clear();
                    break;
                case PcapngFormat.InterfaceDescription:
                    AddInterface(body, at);
                    break;
                case PcapngFormat.EnhancedPacket:
                    yield return Enhanced(body, at);
                    break;
                case PcapngFormat.SimplePacket:
                    yield return Simple(body, at);
                    break;
            }
        }
    }

    // False when the stream ends within the block. The body of blocks that do not matter is passed over and comes out empty.
    private bool TryReadBody(byte[] head, long at, out uint type, out byte[] body)
    {
        body = [];
        type = U32(head);
        if (type == PcapngFormat.SectionHeader)
        {
            ReadOnlySpan<byte> magic = _source.Peek(4);
            if (magic.Length < 4)
            {
                return false;
            }

            _isBig = BinaryPrimitives.ReadUInt32BigEndian(magic) == PcapngFormat.ByteOrderMagic;
            if (!_isBig && BinaryPrimitives.ReadUInt32LittleEndian(magic) != PcapngFormat.ByteOrderMagic)
            {
                throw Broken(at, "its section header has no byte-order magic");
            }
        }

        uint length = U32(head.AsSpan(4));
        if (length < PcapngFormat.MinBlockBytes || length % 4 != 0)
        {
            throw Broken(at, $"a block length of {length} cannot be");
        }

        bool matters = type is PcapngFormat.SectionHeader or PcapngFormat.InterfaceDescription or PcapngFormat.EnhancedPacket or PcapngFormat.SimplePacket;
        if (!matters)
        {
            return _source.Skip(length - 8);
        }

        if (length > MaxBlockBytes)
        {
            throw Broken(at, $"a block length of {length} cannot be");
        }

        body = new byte[length - PcapngFormat.MinBlockBytes];
        byte[] tail = new byte[4];
        if (_source.Read(body) < body.Length || _source.Read(tail) < tail.Length)
        {
            return false;
        }

        return U32(tail) == length ? true : throw Broken(at, "its two lengths differ");
    }

    private void AddInterface(ReadOnlySpan<byte> body, long at)
    {
        if (body.Length < 8 || _interfaces.Count == MaxInterfaces)
        {
            throw Broken(at, "an interface description that is too short, or one too many");
        }

        byte resolution = 6;
        long offset = 0;
        Options options = new(body[8..], _isBig);
        while (options.MoveNext())
        {
            if (options.Code == PcapngFormat.InterfaceTimeResolution && options.Value.Length >= 1)
            {
                resolution = options.Value[0];
            }
            else if (options.Code == PcapngFormat.InterfaceTimeOffset && options.Value.Length >= 8)
            {
                offset = _isBig ? BinaryPrimitives.ReadInt64BigEndian(options.Value) : BinaryPrimitives.ReadInt64LittleEndian(options.Value);
            }
        }

        _interfaces.Add(new(U16(body), U32(body[4..]), resolution, offset));
    }

    private CapturedPacket Enhanced(byte[] body, long at)
    {
        if (body.Length < 20)
        {
            throw Broken(at, "an enhanced packet block that is too short");
        }

        uint length = U32(body.AsSpan(12));
        int padded = (int)Math.Min((length + 3UL) & ~3UL, int.MaxValue);
        if (length > body.Length - 20)
        {
            throw Broken(at, $"a packet of {length} bytes in a shorter block");
        }

        Interface it = Find(U32(body), at);
        ulong units = ((ulong)U32(body.AsSpan(4)) << 32) | U32(body.AsSpan(8));
        ulong drops = 0;
        Options options = new(padded <= body.Length - 20 ? body.AsSpan(20 + padded) : [], _isBig);
        while (options.MoveNext())
        {
            if (options.Code == PcapngFormat.PacketDropCount && options.Value.Length >= 8)
            {
                drops = _isBig ? BinaryPrimitives.ReadUInt64BigEndian(options.Value) : BinaryPrimitives.ReadUInt64LittleEndian(options.Value);
            }
        }

        return new(++_packets, it.ToNanoseconds(units), it.LinkType, body.AsMemory(20, (int)length), drops);
    }

    private CapturedPacket Simple(byte[] body, long at)
    {
        if (body.Length < 4)
        {
            throw Broken(at, "a simple packet block that is too short");
        }

        Interface it = Find(0, at);
        uint length = Math.Min(U32(body), (uint)body.Length - 4);
        length = it.SnapLength == 0 ? length : Math.Min(length, it.SnapLength);
        return new(++_packets, null, it.LinkType, body.AsMemory(4, (int)length));
    }

    private Interface Find(uint number, long at) =>
        number < _interfaces.Count ? _interfaces[(int)number] : throw Broken(at, $"a packet of interface {number}, which was not described");

    private static TraceException Broken(long at, string what) => new($"the block at byte {at} is broken: {what}");

    private uint U32(ReadOnlySpan<byte> bytes) =>
        _isBig ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    private ushort U16(ReadOnlySpan<byte> bytes) =>
        _isBig ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private readonly record struct Interface(int LinkType, uint SnapLength, byte Resolution, long OffsetSeconds)
    {
        // The high bit tells a power of 2 from a power of 10.
        public long? ToNanoseconds(ulong units)
        {
            int exponent = Resolution & 0x7F;
            UInt128 perSecond = 1;
            if ((Resolution & 0x80) != 0)
            {
                perSecond <<= Math.Min(exponent, 63);
            }
            else
            {
                for (int i = 0; i < Math.Min(exponent, 19); i++)
                {
                    perSecond *= 10;
                }
            }

            Int128 nanoseconds = (Int128)((UInt128)units * 1_000_000_000 / perSecond) + ((Int128)OffsetSeconds * 1_000_000_000);
            return nanoseconds >= 0 && nanoseconds <= long.MaxValue ? (long)nanoseconds : null;
        }
    }

    /// <summary>Walks the options of a block; stops at what is none.</summary>
    private ref struct Options(ReadOnlySpan<byte> bytes, bool isBig)
    {
        private ReadOnlySpan<byte> _rest = bytes;

        public ushort Code { get; private set; }

        public ReadOnlySpan<byte> Value { get; private set; }

        public bool MoveNext()
        {
            if (_rest.Length < 4)
            {
                return false;
            }

            Code = isBig ? BinaryPrimitives.ReadUInt16BigEndian(_rest) : BinaryPrimitives.ReadUInt16LittleEndian(_rest);
            int length = isBig ? BinaryPrimitives.ReadUInt16BigEndian(_rest[2..]) : BinaryPrimitives.ReadUInt16LittleEndian(_rest[2..]);
            int padded = (length + 3) & ~3;
            if (Code == PcapngFormat.OptionEnd || padded > _rest.Length - 4)
            {
                return false;
            }

            Value = _rest.Slice(4, length);
            _rest = _rest[(4 + padded)..];
            return true;
        }
    }
}
