using Blockwire.Scsi;
using Blockwire.Scsi.Device.Logs;
using Blockwire.Scsi.Device.Marks;
using Blockwire.Scsi.Device.Modes;
using Blockwire.Scsi.Device.Protection;
using Blockwire.Scsi.Device.Reservations;
using Blockwire.Scsi.Device.Upkeep;
using Blockwire.Scsi.Device.Work;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device;

/// <summary>A logical unit: a disk, its names, and what nexuses have asked of it (SAM-5 §4.6). Safe for calls from many threads.</summary>
public sealed partial class LogicalUnit
{
    /// <summary>Longest transfer of one command, in bytes; INQUIRY page B0h says so in blocks (SBC-3 §6.6).</summary>
    public const uint MaxTransferBytes = 32 << 20;

    private readonly Lock _gate = new();
    private readonly Dictionary<Nexus, NexusState> _nexuses = [];
    private int _resets;
    // True while no nexus has a unit attention and none holds a reservation, so that the usual command takes no lock.
    private volatile bool _quiet = true;

    /// <summary>A logical unit over a disk.</summary>
    /// <param name="number">Logical unit number, at most <see cref="LunFormat.MaxNumber"/>.</param>
    /// <param name="device">The disk; the caller keeps it and disposes it after the last command.</param>
    /// <param name="options">Names and kind.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is too large for a LUN.</exception>
    /// <exception cref="ArgumentException">The serial number cannot be shown in INQUIRY data, or the block size is one that no disk has.</exception>
    /// <exception cref="UnitStateException">What the unit kept over a loss of power cannot be read.</exception>
    public LogicalUnit(uint number, IBlockDevice device, LogicalUnitOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(number, LunFormat.MaxNumber);
        Number = number;
        Type = options.Type;
        if (device.Traits.BlockCount == 0 || !HasBlocksOf(Type, device.Traits.BlockBytes))
        {
            throw new ArgumentException("a disk has at least one block, of 512, 2048 or 4096 bytes; a CD has blocks of 2048 bytes", nameof(device));
        }

        _traits = device.Traits;
        _isEmpty = options.Empty;
        _ready = !_isEmpty;
        Removable = options.Removable || Type == LogicalUnitType.CdDvd || _isEmpty;
        Thin = options.Thin && Type == LogicalUnitType.Disk && Traits.Unmap != Support.No;
        Table = Type == LogicalUnitType.CdDvd ? CommandTable.CdDvd : CommandTable.For(Thin, Traits.AtomicWriteBlocks > 0, Traits.KeepsProtection);
        MaxTransferBlocks = MaxTransferBytes / (Traits.KeepsProtection ? Traits.ProtectedBlockBytes : Traits.BlockBytes);
        Identity = new LogicalUnitIdentity(options);
        State = options.State;
        _keeper = new ReservationKeeper(options.State);
        _reservations = _keeper.Load();
        _quiet = !_reservations.IsReserved;
        Modes = new ModeState(new ModeScope(Thin, Traits.ReadOnly, Type == LogicalUnitType.CdDvd, Traits.KeepsProtection));
        Protection = Traits.KeepsProtection ? new UnitProtection(options.Protection, State, Modes) : null;
        _marks = NewMarks(Protection is null ? device : new ProtectedDevice(device, Protection), State);
        _device = new ExclusiveDevice(_marks);
        _marks.Load();
        SavedModes = State is null ? null : new SavedModes(Modes, State);
        Identifying = State is null ? null : new IdentifyingInformation(State);
        Power = new UnitPower(Modes, options.Clock);
        Timestamp = new UnitTimestamp(options.Clock);
        SelfTests = new SelfTests(this, options.Clock);
        Provisioning = new ProvisioningWatch(this, options.Clock);
        Work = new MediumWork(this, State);
    }

    /// <summary>Logical unit number.</summary>
    public uint Number { get; }

    /// <summary>The LUN as it stands in a LUN field, read as a big-endian number.</summary>
    public ulong Lun => LunFormat.Encode(Number);

    /// <summary>What kind of device it is.</summary>
    public LogicalUnitType Type { get; }

    /// <summary>
    /// The disk, behind what lets a command have blocks alone: whoever else changes blocks of this unit has to come this way. Another one once the medium was changed
    /// (<see cref="ScsiTargetDevice.TryChangeMedium"/>); without a medium one that nothing reaches.
    /// </summary>
    public ExclusiveDevice Device => _device;

    /// <summary>Unit serial number, as VPD page 80h shows it.</summary>
    public string Serial => Identity.Serial;

    /// <summary>NAA designator, as VPD page 83h shows it.</summary>
    public ulong Naa => Identity.Naa;

    /// <summary>Can the medium be ejected?</summary>
    public bool Removable { get; }

    /// <summary>Has it logical block provisioning?</summary>
    public bool Thin { get; }

    /// <summary>With which type of protection it is formatted; null when the disk keeps no protection information, as most do not.</summary>
    internal UnitProtection? Protection { get; }

    /// <summary>Longest transfer of one command, in blocks: with protection information, where there can be any, it is no longer than <see cref="MaxTransferBytes"/>.</summary>
    internal uint MaxTransferBlocks { get; }

    /// <summary>Where it keeps what is to outlive a loss of power; null when nothing does.</summary>
    internal IUnitStateStore? State { get; }

    internal DeviceTraits Traits => _traits;

    /// <summary>The blocks that clients have marked as unreadable.</summary>
    internal MarkedBlocks Marks => _marks;

    internal CommandTable Table { get; }

    internal LogicalUnitIdentity Identity { get; }

    internal ModeState Modes { get; }

    /// <summary>What is done to the whole medium.</summary>
    internal MediumWork Work { get; }

    /// <summary>What clients had it remember of itself; null when it keeps nothing.</summary>
    internal IdentifyingInformation? Identifying { get; }

    internal UnitPower Power { get; }

    internal UnitTimestamp Timestamp { get; }

    internal SelfTests SelfTests { get; }

    internal ProvisioningWatch Provisioning { get; }

    internal UnitBuffers Buffers { get; } = new();

    internal UnitCounters Counters { get; } = new();

    /// <summary>What keeps mode pages over a loss of power; null when nothing does, and then none can be saved.</summary>
    internal SavedModes? SavedModes { get; }

    /// <summary>
    /// Hears, on any thread, that something could not be kept over a loss of power; the command that needed it has been refused. For the log; null, the default, when
    /// nobody listens.
    /// </summary>
    public Action<LogicalUnit, UnitStateException>? StateFault { get; init; }

    /// <summary>Sense data in descriptor format (D_SENSE of the control mode page)?</summary>
    public bool DescriptorSense => Modes.DescriptorSense;

    /// <summary>How often it was reset; copies that it takes part in end with a reset.</summary>
    internal int Resets => Volatile.Read(ref _resets);

    /// <summary>Is every change refused, by the disk or by software write protection?</summary>
    internal bool WriteProtected => Traits.ReadOnly || Modes.SoftwareWriteProtect;

    /// <summary>The checks that depend on the nexus: a pending unit attention, then a reservation (SAM-5 §5.14, SPC-2 §5.5.1, SPC-4 §5.13.1).</summary>
    internal NexusVerdict Judge(Nexus nexus, CommandSpec spec, ReadOnlySpan<byte> cdb, out SenseData attention)
    {
        attention = default;
        if (_quiet)
        {
            return NexusVerdict.Run;
        }

        lock (_gate)
        {
            _nexuses.TryGetValue(nexus, out NexusState? state);
            if (!spec.Has(CommandFlags.PassesUnitAttention) && state is { Attentions.IsEmpty: false })
            {
                // UA_INTLCK_CTRL (SPC-4 §7.5.8): with an interlock only REQUEST SENSE clears what is reported.
                attention = state.Attentions.First;
                if (!Modes.AttentionInterlock)
                {
                    _ = state.Attentions.TryTake(out attention);
                    UpdateQuiet();
                }

                return NexusVerdict.Attention;
            }

            return PassesReservations(nexus, state, spec, cdb) ? NexusVerdict.Run : NexusVerdict.Conflict;
        }
    }

    /// <summary>Takes the first unit attention of a nexus for REQUEST SENSE (SPC-4 §6.39); false when there is none.</summary>
    internal bool TryTakeAttention(Nexus nexus, out SenseData attention)
    {
        attention = default;
        lock (_gate)
        {
            bool taken = _nexuses.TryGetValue(nexus, out NexusState? state) && state.Attentions.TryTake(out attention);
            UpdateQuiet();
            return taken;
        }
    }

    /// <summary>
    /// The additional response information of QUERY ASYNCHRONOUS EVENT (SAM-5 §7.10): UADE DEPTH and sense key, additional sense code, qualifier; 0 when the
    /// nexus has nothing to hear of. There are no deferred errors here. Takes nothing out.
    /// </summary>
    internal int PendingEvent(Nexus nexus)
    {
        const int one = 0x100000, several = 0x200000;
        lock (_gate)
        {
            if (!_nexuses.TryGetValue(nexus, out NexusState? state) || state.Attentions.IsEmpty)
            {
                return 0;
            }

            SenseData first = state.Attentions.First;
            return (state.Attentions.Count == 1 ? one : several) | ((int)first.Key << 16) | (first.Asc << 8) | first.Ascq;
        }
    }

    /// <summary>Begins to keep state for a nexus, with a unit attention to start with.</summary>
    internal void Attach(Nexus nexus, SenseData attention)
    {
        lock (_gate)
        {
            NexusState state = new();
            state.Attentions.Add(attention);
            NoteReservation(state, nexus.Name);
            _nexuses[nexus] = state;
            _quiet = false;
        }
    }

    /// <summary>I_T nexus loss: all that the nexus held goes (SAM-5 §6.3.4, SPC-2 §7.22), but not what is registered or reserved persistently (SPC-4 §5.13.1).</summary>
    /// <returns>True when it had an auto contingent allegiance, which ends with it (SAM-5 §5.9.5).</returns>
    internal bool Detach(Nexus nexus)
    {
        lock (_gate)
        {
            bool ended = _nexuses.Remove(nexus, out NexusState? state) && EndAllegiance(state);
            if (ReferenceEquals(_reservedBy, nexus))
            {
                _reservedBy = null;
            }

            UpdateQuiet();
            return ended;
        }
    }

    /// <summary>Logical unit reset: as after power on, with a unit attention for every nexus (SAM-5 §6.3.3).</summary>
    internal void Reset(SenseData attention, bool powerOn)
    {
        Work.StopFormat();
        SelfTests.TryAbort(SelfTests.AbortedOtherwise);
        Power.Set(PowerCondition.Active);
        lock (_gate)
        {
            _resets++;
            _ejected &= !powerOn;
            _reservedBy = null;
            _stopped = false;
            Modes.Reset();
            foreach (NexusState state in _nexuses.Values)
            {
                state.PreventsRemoval = false;
                state.PreventsRemovalPersistently = false;
                _ = EndAllegiance(state);
                state.Attentions.Add(attention);
            }

            UpdateReady();
            UpdateQuiet();
        }
    }

    /// <summary>Establishes a unit attention for one nexus; nothing when it has gone.</summary>
    internal void Attend(Nexus nexus, SenseData attention)
    {
        lock (_gate)
        {
            if (_nexuses.TryGetValue(nexus, out NexusState? state))
            {
                state.Attentions.Add(attention);
                _quiet = false;
            }
        }
    }

    /// <summary>Establishes a unit attention for every nexus but one.</summary>
    internal void AttendAll(SenseData attention, Nexus? but)
    {
        lock (_gate)
        {
            foreach ((Nexus nexus, NexusState state) in _nexuses)
            {
                if (!ReferenceEquals(nexus, but))
                {
                    state.Attentions.Add(attention);
                }
            }

            UpdateQuiet();
        }
    }

    /// <summary>A nexus need not hear of a unit attention any more.</summary>
    internal void Unattend(Nexus nexus, SenseData attention)
    {
        if (_quiet)
        {
            return;
        }

        lock (_gate)
        {
            if (_nexuses.TryGetValue(nexus, out NexusState? state) && state.Attentions.Remove(attention))
            {
                UpdateQuiet();
            }
        }
    }

    private void UpdateQuiet()
    {
        bool quiet = _reservedBy is null && !_reservations.IsReserved;
        foreach (NexusState state in _nexuses.Values)
        {
            quiet &= state.Attentions.IsEmpty;
        }

        _quiet = quiet;
    }
}
