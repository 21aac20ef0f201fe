using System.Buffers.Binary;

namespace Blockwire.Scsi.Device.Logs;

/// <summary>Writes the parameters of a log page into a buffer, in rising order of their codes (SPC-4 §7.3.2).</summary>
/// <param name="into">The page; its header is left free.</param>
/// <param name="pointer">PARAMETER POINTER: parameters with lower codes are left out.</param>
/// <param name="values">Which values LOG SENSE asks for.</param>
internal ref struct LogParameterWriter(Span<byte> into, ushort pointer, LogValues values)
{
    /// <summary>Bytes of a page header.</summary>
    public const int HeaderLength = 4;

    private const int ParameterHeader = 4;

    // TSD: nothing is saved unasked. FORMAT AND LINKING: an unbounded counter, a binary list.
    private const byte Counter = 0x20 | 0x02;
    private const byte List = 0x20 | 0x03;

    private readonly Span<byte> _into = into;

    /// <summary>Bytes of the page so far, its header included.</summary>
    public int Length { get; private set; } = HeaderLength;

    /// <summary>Highest parameter code of the page, written or not; -1 while there is none.</summary>
    public int HighestCode { get; private set; } = -1;

    /// <summary>
    /// Adds a counter of eight bytes. As a threshold it is all ones, which no count reaches: there are no thresholds (ETC = 0); by default it is 0.
    /// </summary>
    public void AddCounter(ushort code, ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, values switch
        {
            LogValues.Cumulative => value,
            LogValues.DefaultCumulative => 0,
            _ => ulong.MaxValue,
        });
        Add(code, Counter, bytes);
    }

    /// <summary>The same, as a counter of four bytes that stays at its highest value when it gets there.</summary>
    public void AddShortCounter(ushort code, ulong value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, values switch
        {
            LogValues.Cumulative => (uint)Math.Min(value, uint.MaxValue),
            LogValues.DefaultCumulative => 0,
            _ => uint.MaxValue,
        });
        Add(code, Counter, bytes);
    }

    /// <summary>Adds a parameter that is no counter: the same whatever values are asked for.</summary>
    public void AddList(ushort code, scoped ReadOnlySpan<byte> value) => Add(code, List, value);

    /// <summary>Adds bytes that are no parameters: the lists of pages and subpages have none.</summary>
    public void AddRaw(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_into[Length..]);
        Length += bytes.Length;
    }

    private void Add(ushort code, byte control, scoped ReadOnlySpan<byte> value)
    {
        HighestCode = code;
        if (code < pointer)
        {
            return;
        }

        Span<byte> parameter = _into[Length..];
        BinaryPrimitives.WriteUInt16BigEndian(parameter, code);
        parameter[2] = control;
        parameter[3] = (byte)value.Length;
        value.CopyTo(parameter[ParameterHeader..]);
        Length += ParameterHeader + value.Length;
    }
}
