using System.Numerics;
using Blockwire.Scsi.Device.Modes;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Upkeep;

/// <summary>
/// What space a thin provisioned unit takes, and whether a threshold of it has been reached (SBC-3 §4.7.3.7). While a threshold is on, writes have the disk asked, once
/// a second at most and once behind the last. Safe for calls from many threads.
/// </summary>
internal sealed class ProvisioningWatch
{
    private const ulong LeastSetBytes = 1 << 20;

    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly LogicalUnit _unit;
    private readonly TimeProvider _clock;
    private readonly HashSet<bool> _reached = [];
    private long? _askedAt;
    private int _isLooking;

    /// <summary>Knows nothing of the space yet.</summary>
    public ProvisioningWatch(LogicalUnit unit, TimeProvider clock)
    {
        (_unit, _clock) = (unit, clock);
        DeviceTraits traits = unit.Traits;
        int exponent = BitOperations.Log2(LeastSetBytes / traits.BlockBytes);
        while (traits.BlockCount >> exponent > uint.MaxValue)
        {
            exponent++;
        }

        Exponent = (byte)exponent;
    }

    /// <summary>THRESHOLD EXPONENT: a set is 2 to this power blocks, a mebibyte unless the disk is vast.</summary>
    public byte Exponent { get; }

    /// <summary>Sets in use when the disk was last asked; null when it cannot tell.</summary>
    public uint? UsedSets { get; private set; }

    /// <summary>Sets that could still be used; null when the disk cannot tell.</summary>
    public uint? AvailableSets { get; private set; }

    private ulong SetBytes => (ulong)_unit.Traits.BlockBytes << Exponent;

    /// <summary>Asks the disk.</summary>
    public async ValueTask RefreshAsync(CancellationToken cancellationToken)
    {
        SpaceUsage? space = await _unit.Device.QuerySpaceAsync(cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            _askedAt = _clock.GetTimestamp();
            UsedSets = space is { } used ? Count(used.UsedBytes + SetBytes - 1) : null;
            AvailableSets = space?.AvailableBytes is { } available ? Count(available) : null;
        }
    }

    /// <summary>Something was written, or a threshold set: has one been reached? Goes its own way; nobody waits for it.</summary>
    public void Look()
    {
        if (Interlocked.Exchange(ref _isLooking, 1) == 0)
        {
            _ = LookAsync();
        }
    }

    private async Task LookAsync()
    {
        try
        {
            TimeSpan wait;
            lock (_gate)
            {
                wait = _askedAt is { } at ? Pace - _clock.GetElapsedTime(at) : TimeSpan.Zero;
            }

            await default(Commands.OwnWorkItem);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, _clock, CancellationToken.None).ConfigureAwait(false);
            }
        }
        finally
        {
            // What is written from now on has another look taken.
            Volatile.Write(ref _isLooking, 0);
        }

        await RefreshAsync(CancellationToken.None).ConfigureAwait(false);
        if (HasNewlyReached())
        {
            _unit.AttendAll(Sense.SoftThresholdReached, null);
        }
    }

    private bool HasNewlyReached()
    {
        bool isNew = false;
        lock (_gate)
        {
            List<ProvisioningThreshold> thresholds = ProvisioningThreshold.ReadAll(
                _unit.Modes.Current(PageCodes.Mode.InformationalExceptions, PageCodes.Mode.LogicalBlockProvisioningSubpage));
            foreach (ProvisioningThreshold threshold in thresholds)
            {
                bool reached = threshold.Enabled && (threshold.IsOfUsed ? UsedSets >= threshold.Count : AvailableSets <= threshold.Count);

                // Told once, and again only after there was enough space in between (SBC-3 §4.7.3.7.3).
                isNew |= reached ? _reached.Add(threshold.IsOfUsed) : _reached.Remove(threshold.IsOfUsed) && false;
            }
        }

        return isNew;
    }

    private uint Count(ulong bytes) => (uint)Math.Min(bytes / SetBytes, uint.MaxValue);
}
