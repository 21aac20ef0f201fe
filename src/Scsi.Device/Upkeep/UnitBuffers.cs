namespace Blockwire.Scsi.Device.Upkeep;

/// <summary>The memory that WRITE BUFFER fills and READ BUFFER gives back: a data buffer and an echo buffer, made when they are first written.</summary>
internal sealed class UnitBuffers
{
    /// <summary>Bytes of each.</summary>
    public const int Length = 4096;

    private readonly Lock _gate = new();
    private byte[]? _data;
    private byte[]? _echo;
    private int _echoLength;
    private Nexus? _echoOf;

    /// <summary>Writes into the data buffer, within its length.</summary>
    public void WriteData(int offset, ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            bytes.CopyTo((_data ??= new byte[Length]).AsSpan(offset));
        }
    }

    /// <summary>Reads from the data buffer, within its length; zeros where nothing was written.</summary>
    public void ReadData(int offset, Span<byte> into)
    {
        lock (_gate)
        {
            (_data is { } data ? data.AsSpan(offset, into.Length) : new byte[into.Length]).CopyTo(into);
        }
    }

    /// <summary>Fills the echo buffer for a nexus.</summary>
    public void WriteEcho(Nexus nexus, ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            bytes.CopyTo(_echo ??= new byte[Length]);
            (_echoLength, _echoOf) = (bytes.Length, nexus);
        }
    }

    /// <summary>Reads what a nexus wrote into the echo buffer; says why not when another wrote last, or nobody did.</summary>
    public SenseData? ReadEcho(Nexus nexus, Span<byte> into, out int length)
    {
        length = 0;
        lock (_gate)
        {
            if (!ReferenceEquals(_echoOf, nexus))
            {
                return _echoOf is null ? Sense.CommandSequenceError : Sense.EchoBufferOverwritten;
            }

            length = Math.Min(into.Length, _echoLength);
            _echo.AsSpan(0, length).CopyTo(into);
            return null;
        }
    }
}
