using Blockwire.Scsi;
using Blockwire.Scsi.Device.Marks;
using Blockwire.Scsi.Device.Multimedia;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device;

/// <summary>The medium: is it there, who keeps it there, how does it come and go.</summary>
public sealed partial class LogicalUnit
{
    private volatile MarkedBlocks _marks;
    private volatile ExclusiveDevice _device;
    private volatile DeviceTraits _traits;
    private volatile bool _ready;
    private bool _isEmpty;
    private bool _stopped;
    private bool _ejected;
    private ulong _startStopCycles;
    private ulong _loadUnloadCycles;

    /// <summary>How often the unit was stopped and started again.</summary>
    internal ulong StartStopCycles => Interlocked.Read(ref _startStopCycles);

    /// <summary>How often the medium was ejected and loaded again.</summary>
    internal ulong LoadUnloadCycles => Interlocked.Read(ref _loadUnloadCycles);

    /// <summary>Has it a medium, in the tray or loaded? A disk always has one.</summary>
    public bool HasMedium
    {
        get
        {
            lock (_gate)
            {
                return !_isEmpty;
            }
        }
    }

    /// <summary>Is the tray open?</summary>
    internal bool IsTrayOpen
    {
        get
        {
            lock (_gate)
            {
                return _ejected;
            }
        }
    }

    /// <summary>Is a medium loaded, whether it is started or not?</summary>
    internal bool IsLoaded
    {
        get
        {
            lock (_gate)
            {
                return !_ejected && !_isEmpty;
            }
        }
    }

    /// <summary>Why medium access is refused now; null when it is not.</summary>
    internal SenseData? WhyNotReady
    {
        get
        {
            if (_ready)
            {
                return null;
            }

            lock (_gate)
            {
                return _ejected || _isEmpty ? NoMedium : _stopped ? Sense.InitializingCommandRequired : null;
            }
        }
    }

    /// <summary>What is said where a medium is missing.</summary>
    internal SenseData WhyNoMedium
    {
        get
        {
            lock (_gate)
            {
                return NoMedium;
            }
        }
    }

    private SenseData NoMedium => _ejected ? Sense.MediumNotPresentTrayOpen : Sense.MediumNotPresentTrayClosed;

    /// <summary>
    /// Looks whether the disk has grown. When it has, commands reach the new blocks from now on, and every nexus hears that the capacity data has changed (SBC-3 §4.10).
    /// A CD stays as long as it was when it came in. May take a look at a file system. One call at a time.
    /// </summary>
    /// <returns>Whether it has grown.</returns>
    public bool TryGrow()
    {
        if (Type != LogicalUnitType.Disk || !Device.TryGrow())
        {
            return false;
        }

        TakeTraits();
        AttendAll(Sense.CapacityDataChanged, null);
        return true;
    }

    /// <summary>Can a medium take the place of the one that is there? It has to be of the same kind, so that nothing but its blocks is another.</summary>
    /// <param name="traits">Those of the medium.</param>
    public bool Accepts(DeviceTraits traits) =>
        Removable
        && traits.BlockCount > 0
        && !traits.KeepsProtection && Protection is null // with which type a medium is formatted is kept of the unit
        && Work.IsClear
        && (traits.BlockBytes, traits.ReadOnly, traits.AtomicWriteBlocks > 0) == (Traits.BlockBytes, Traits.ReadOnly, Traits.AtomicWriteBlocks > 0)
        && (traits.Unmap != Support.No || !Thin);

    /// <summary>While a nexus prevents the removal of the medium, each hears that somebody would like it to be ejected.</summary>
    /// <returns>Whether one does prevent it.</returns>
    internal bool AskToEject()
    {
        lock (_gate)
        {
            if (RemovalIsPrevented)
            {
                TellAll(MediaEvent.EjectRequest);
                return true;
            }

            return false;
        }
    }

    /// <summary>Changes the medium, and closes the tray: every nexus hears that the medium may have changed. False while a nexus prevents its removal.</summary>
    /// <param name="medium">The new one; null leaves the drive empty.</param>
    internal bool TryChangeMedium(IBlockDevice? medium)
    {
        lock (_gate)
        {
            if (RemovalIsPrevented)
            {
                return false;
            }

            bool wasLoaded = !_ejected && !_isEmpty;
            if (medium is not null)
            {
                _marks = NewMarks(medium, store: null); // what is kept is of the medium that the unit began with
                _device = new ExclusiveDevice(_marks);
                _traits = medium.Traits;
            }

            (_isEmpty, _ejected, _stopped) = (medium is null, false, false);
            UpdateReady();
            if (medium is not null)
            {
                AttendAllToNewMedium(but: null);
            }
            else if (wasLoaded)
            {
                TellAll(MediaEvent.MediaRemoval);
            }

            _loadUnloadCycles++;
            UpdateQuiet();
            return true;
        }
    }

    /// <summary>PREVENT ALLOW MEDIUM REMOVAL, for one nexus.</summary>
    internal void PreventRemoval(Nexus nexus, bool prevent, bool persistently = false)
    {
        lock (_gate)
        {
            if (!_nexuses.TryGetValue(nexus, out NexusState? state))
            {
                return;
            }

            if (persistently)
            {
                state.PreventsRemovalPersistently = prevent;
            }
            else
            {
                state.PreventsRemoval = prevent;
            }
        }
    }

    /// <summary>Takes the medium out; false while any nexus prevents it.</summary>
    internal bool TryEject()
    {
        lock (_gate)
        {
            if (RemovalIsPrevented)
            {
                return false;
            }

            if (!_ejected && !_isEmpty)
            {
                TellAll(MediaEvent.MediaRemoval);
            }

            _ejected = true;
            UpdateReady();
            return true;
        }
    }

    /// <summary>Is the removal of the medium prevented by any nexus?</summary>
    internal bool IsRemovalPrevented
    {
        get
        {
            lock (_gate)
            {
                return RemovalIsPrevented;
            }
        }
    }

    /// <summary>
    /// Puts the medium in and starts; other nexuses hear that it may have changed (SBC-3 §4.4), and all can learn it by the event of MMC-5. False when the tray would have to move while any
    /// nexus prevents that, as the libiscsi suite expects; the standards speak of removal only.
    /// </summary>
    internal bool TryLoad(Nexus by)
    {
        lock (_gate)
        {
            if (_ejected)
            {
                if (RemovalIsPrevented)
                {
                    return false;
                }

                if (!_isEmpty)
                {
                    AttendAllToNewMedium(but: by);
                }
            }

            _loadUnloadCycles += _ejected ? 1u : 0;
            _startStopCycles += _stopped ? 1u : 0;
            _ejected = false;
            _stopped = false;
            UpdateReady();
            UpdateQuiet();
            return true;
        }
    }

    /// <summary>Starts; false when there is no medium to start.</summary>
    internal bool TryStart()
    {
        lock (_gate)
        {
            _startStopCycles += _stopped ? 1u : 0;
            _stopped = false;
            UpdateReady();
            return !_ejected && !_isEmpty;
        }
    }

    /// <summary>Stops: medium access is refused until a start.</summary>
    internal void Stop()
    {
        lock (_gate)
        {
            _stopped = true;
            UpdateReady();
        }
    }

    /// <summary>Does something with the events of a nexus; nothing when it has gone.</summary>
    /// <param name="nexus">The nexus.</param>
    /// <param name="prevents">Out: it prevents the removal of the medium persistently.</param>
    /// <param name="read">What to do, under the lock of the unit.</param>
    internal void WithEvents(Nexus nexus, out bool prevents, Action<DriveEvents> read)
    {
        lock (_gate)
        {
            prevents = false;
            if (_nexuses.TryGetValue(nexus, out NexusState? state))
            {
                prevents = state.PreventsRemovalPersistently;
                read(state.Events);
            }
        }
    }

    private static bool HasBlocksOf(LogicalUnitType type, uint blockBytes) =>
        blockBytes == CdMedium.BlockBytes || (type == LogicalUnitType.Disk && blockBytes is 512 or 4096);

    private bool RemovalIsPrevented
    {
        get
        {
            foreach (NexusState state in _nexuses.Values)
            {
                if (state.PreventsRemoval || state.PreventsRemovalPersistently)
                {
                    return true;
                }
            }

            return false;
        }
    }

    private void AttendAllToNewMedium(Nexus? but)
    {
        foreach ((Nexus nexus, NexusState state) in _nexuses)
        {
            state.Events.Note(MediaEvent.NewMedia);
            if (!ReferenceEquals(nexus, but))
            {
                state.Attentions.Add(Sense.MediumMayHaveChanged);
            }
        }
    }

    private void TellAll(MediaEvent news)
    {
        foreach (NexusState state in _nexuses.Values)
        {
            state.Events.Note(news);
        }
    }

    private void UpdateReady() => _ready = !_ejected && !_isEmpty && !_stopped;

    private MarkedBlocks NewMarks(IBlockDevice medium, IUnitStateStore? store) => new(medium, store) { Fault = failure => StateFault?.Invoke(this, failure), Changed = TakeTraits };

    // What writes a marked block may wait for the store.
    private void TakeTraits() => _traits = Marks.Any ? Device.Traits with { CompletesInline = false } : Device.Traits;
}
