using System.Buffers.Binary;
using Blockwire.Scsi.Device.Modes;

namespace Blockwire.Scsi.Device.Upkeep;

/// <summary>A power condition of a logical unit (SPC-4 §5.12), the deeper the higher.</summary>
internal enum PowerCondition
{
    /// <summary>Active.</summary>
    Active,

    /// <summary>idle_a.</summary>
    IdleA,

    /// <summary>idle_b.</summary>
    IdleB,

    /// <summary>idle_c.</summary>
    IdleC,

    /// <summary>standby_y.</summary>
    StandbyY,

    /// <summary>standby_z.</summary>
    StandbyZ,
}

/// <summary>
/// The power condition of a logical unit: as START STOP UNIT set it, or as the timers of the power condition mode page have it. No power is saved here, so every
/// command is served in every condition and one that needs the medium brings the unit back to active; what can be seen is what REQUEST SENSE tells. No timer runs:
/// the condition follows from the time of the last use when somebody asks. Safe for calls from many threads.
/// </summary>
internal sealed class UnitPower
{
    private static readonly (PowerCondition Condition, int FlagAt, byte Flag, int TimerAt, byte ByTimer, byte ByCommand)[] Conditions =
    [
        (PowerCondition.IdleA, 3, 0x02, 4, 0x01, 0x03),
        (PowerCondition.IdleB, 3, 0x04, 12, 0x05, 0x06),
        (PowerCondition.IdleC, 3, 0x08, 16, 0x07, 0x08),
        (PowerCondition.StandbyY, 2, 0x01, 20, 0x09, 0x0A),
        (PowerCondition.StandbyZ, 3, 0x01, 8, 0x02, 0x04),
    ];

    private readonly Lock _gate = new();
    private readonly ModeState _modes;
    private readonly TimeProvider _clock;
    private PowerCondition _byCommand;
    private PowerCondition _forced;
    private long _lastUse;
    private volatile bool _isSet;

    /// <summary>An active unit.</summary>
    public UnitPower(ModeState modes, TimeProvider clock)
    {
        (_modes, _clock) = (modes, clock);
        _lastUse = clock.GetTimestamp();
    }

    /// <summary>Has <see cref="Use"/> to be told of medium accesses? Read on every command.</summary>
    public bool IsWatching => _isSet || _modes.HasPowerTimers;

    /// <summary>What REQUEST SENSE tells of a condition that is not active; null when it is.</summary>
    public SenseData? Sense
    {
        get
        {
            if (!IsWatching)
            {
                return null;
            }

            lock (_gate)
            {
                bool byCommand = _byCommand != PowerCondition.Active;
                PowerCondition now = byCommand ? _byCommand : ByTimer();
                int index = Array.FindIndex(Conditions, row => row.Condition == now);
                return index < 0 ? null : new SenseData(SenseKey.NoSense, 0x5E, byCommand ? Conditions[index].ByCommand : Conditions[index].ByTimer);
            }
        }
    }

    /// <summary>The condition that the unit is in.</summary>
    public PowerCondition Condition
    {
        get
        {
            if (!IsWatching)
            {
                return PowerCondition.Active;
            }

            lock (_gate)
            {
                return _byCommand != PowerCondition.Active ? _byCommand : ByTimer();
            }
        }
    }

    /// <summary>A command set the condition; the timers stand still until the unit is active again.</summary>
    public void Set(PowerCondition condition)
    {
        lock (_gate)
        {
            _byCommand = condition;
            Restart();
        }
    }

    /// <summary>FORCE_IDLE_0 and FORCE_STANDBY_0: the timer of the condition runs out at once, when it is enabled.</summary>
    public void RunOut(PowerCondition condition)
    {
        lock (_gate)
        {
            _byCommand = PowerCondition.Active;
            _forced = IsEnabled(condition) ? condition : PowerCondition.Active;
            _isSet = _forced != PowerCondition.Active;
        }
    }

    /// <summary>The medium is needed: the unit is active, and its timers begin anew.</summary>
    public void Use()
    {
        lock (_gate)
        {
            _byCommand = PowerCondition.Active;
            Restart();
        }
    }

    private void Restart()
    {
        _forced = PowerCondition.Active;
        _lastUse = _clock.GetTimestamp();
        _isSet = _byCommand != PowerCondition.Active;
    }

    private PowerCondition ByTimer()
    {
        PowerCondition now = _forced;
        ReadOnlySpan<byte> page = _modes.Current(PageCodes.Mode.PowerCondition);
        double units = _clock.GetElapsedTime(_lastUse).TotalMilliseconds / 100;
        foreach ((PowerCondition condition, int flagAt, byte flag, int timerAt, _, _) in Conditions)
        {
            if (condition > now && (page[flagAt] & flag) != 0 && units >= BinaryPrimitives.ReadUInt32BigEndian(page[timerAt..]))
            {
                now = condition;
            }
        }

        return now;
    }

    private bool IsEnabled(PowerCondition condition)
    {
        ReadOnlySpan<byte> page = _modes.Current(PageCodes.Mode.PowerCondition);
        foreach ((PowerCondition each, int flagAt, byte flag, _, _, _) in Conditions)
        {
            if (each == condition)
            {
                return (page[flagAt] & flag) != 0;
            }
        }

        return false;
    }
}
