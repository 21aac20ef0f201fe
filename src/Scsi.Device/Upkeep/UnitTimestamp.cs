namespace Blockwire.Scsi.Device.Upkeep;

/// <summary>The timestamp of a logical unit (SPC-4 §5.2): milliseconds since 1970, from the machine's clock until SET TIMESTAMP says otherwise.</summary>
internal sealed class UnitTimestamp(TimeProvider clock)
{
    /// <summary>Bits of a timestamp.</summary>
    public const ulong Mask = (1UL << 48) - 1;

    private readonly Lock _gate = new();
    private ulong _set;
    private long? _setAt;

    /// <summary>Milliseconds now, and whether SET TIMESTAMP set them.</summary>
    public (ulong Milliseconds, bool WasSet) Now
    {
        get
        {
            lock (_gate)
            {
                return _setAt is { } at
                    ? ((_set + (ulong)clock.GetElapsedTime(at).TotalMilliseconds) & Mask, true)
                    : ((ulong)clock.GetUtcNow().ToUnixTimeMilliseconds() & Mask, false);
            }
        }
    }

    /// <summary>Sets it.</summary>
    public void Set(ulong milliseconds)
    {
        lock (_gate)
        {
            _set = milliseconds & Mask;
            _setAt = clock.GetTimestamp();
        }
    }
}
