namespace Blockwire.Scsi.Device.Modes;

/// <summary>
/// The mode parameters of a logical unit: default, changeable, saved and current values of every page. Safe for calls from many threads; what every command asks
/// for is read without a lock.
/// </summary>
internal sealed class ModeState
{
    private readonly Lock _gate = new();
    private readonly byte[][] _defaults;
    private readonly byte[][] _masks;
    private readonly byte[][] _saved;
    private readonly byte[][] _current;
    private volatile bool _descriptorSense;
    private volatile bool _softwareWriteProtect;
    private volatile bool _taskSetPerNexus;
    private volatile bool _taskManagementOnly;
    private volatile int _queueError;
    private volatile int _attentionInterlock;
    private volatile bool _answersAborted;
    private volatile int _exceptionTest;
    private volatile bool _writeThrough;
    private volatile bool _skipsChecks;
    private volatile bool _initiatorsOwnTags;
    private volatile bool _hasPowerTimers;
    private volatile bool _hasThresholds;

    /// <summary>The parameters of one kind of logical unit, all at their defaults.</summary>
    public ModeState(ModeScope scope)
    {
        Pages = ModePages.For(scope);
        _defaults = [.. Pages.Select(page => page.WriteDefaults(scope))];
        _masks = [.. Pages.Select(page => page.WriteMask(scope))];
        _saved = [.. _defaults];
        _current = [.. _defaults];
        Derive();
    }

    /// <summary>The pages, in the order of reports.</summary>
    public IReadOnlyList<ModePage> Pages { get; }

    /// <summary>D_SENSE of the control page (SPC-4 §7.5.8); by default 0.</summary>
    public bool DescriptorSense
    {
        get => _descriptorSense;
        set => Set(PageCodes.Mode.Control, ModePages.ControlFlagsAt, ModePages.DescriptorSense, value);
    }

    /// <summary>SWP of the control page (SPC-4 §7.5.8); by default 0.</summary>
    public bool SoftwareWriteProtect
    {
        get => _softwareWriteProtect;
        set => Set(PageCodes.Mode.Control, ModePages.ControlProtectAt, ModePages.SoftwareWriteProtect, value);
    }

    /// <summary>DPICZ of the control page (SPC-4 §7.5.8): blocks that are read without their protection information are not checked; by default 0.</summary>
    public bool SkipsChecksWithoutProtection => _skipsChecks;

    /// <summary>ATO of the control page: application tags are the initiators', who may have them checked; by default 0, so that blocks written without have theirs checked.</summary>
    public bool InitiatorsOwnTags => _initiatorsOwnTags;

    /// <summary>TST of the control page: every nexus has a task set of its own, else all share one (SPC-4 §7.5.8); by default 0.</summary>
    public bool TaskSetPerNexus => _taskSetPerNexus;

    /// <summary>TMF_ONLY of the control page: a faulted nexus may send functions only.</summary>
    public bool TaskManagementOnly => _taskManagementOnly;

    /// <summary>TAS of the control page: tasks that another nexus ends are answered with TASK ABORTED; by default 0.</summary>
    public bool AnswersAborted => _answersAborted;

    /// <summary>UA_INTLCK_CTRL is 10b or 11b: a unit attention that was reported by CHECK CONDITION stays.</summary>
    public bool AttentionInterlock => _attentionInterlock != 0;

    /// <summary>UA_INTLCK_CTRL is 11b: BUSY, TASK SET FULL and RESERVATION CONFLICT establish a unit attention.</summary>
    public bool TellsOfStatuses => _attentionInterlock == ModePages.AttentionInterlock;

    /// <summary>The method (MRIE) by which the failure that TEST pretends is reported; <see cref="ModePages.MethodNone"/> where there is nothing to report.</summary>
    public int ExceptionTest => _exceptionTest;

    /// <summary>QERR of the control page: what a CHECK CONDITION does to the other tasks of the task set; by default nothing.</summary>
    public OtherTasks EndedByCheckCondition => _queueError switch
    {
        0 => OtherTasks.GoOn,
        ModePages.QueueError => OtherTasks.EndOfNexus,
        _ => _taskSetPerNexus ? OtherTasks.EndOfNexus : OtherTasks.EndOfAll,
    };

    /// <summary>WCE of the caching page is 0: a write ends when its data is on stable storage (SBC-3 §6.5.5).</summary>
    public bool WriteThrough => _writeThrough;

    /// <summary>Is any timer of the power condition page enabled (SPC-4 §7.5.13)? By default none is.</summary>
    public bool HasPowerTimers => _hasPowerTimers;

    /// <summary>Is any threshold of provisioning enabled, and reported (SBC-3 §6.5.8, §6.5.9)? By default none is.</summary>
    public bool HasThresholds => _hasThresholds;

    /// <summary>Can the page with this index be changed at all?</summary>
    public bool IsChangeable(int index) => _masks[index].AsSpan(Pages[index].HeaderLength).ContainsAnyExcept((byte)0);

    /// <summary>The whole page with one kind of values; the caller does not write to it.</summary>
    public ReadOnlySpan<byte> Read(int index, PageControl control)
    {
        lock (_gate)
        {
            return (control switch
            {
                PageControl.Changeable => _masks,
                PageControl.Default => _defaults,
                PageControl.Saved => _saved,
                _ => _current,
            })[index];
        }
    }

    /// <summary>The current values of a page, by its codes.</summary>
    /// <exception cref="InvalidOperationException">The logical unit has no such page.</exception>
    public ReadOnlySpan<byte> Current(byte code, byte subpage = 0) => Read(IndexOf(code, subpage), PageControl.Current);

    /// <summary>The place of a page; -1 when there is none.</summary>
    public int Find(byte code, byte subpage)
    {
        for (int i = 0; i < Pages.Count; i++)
        {
            if (Pages[i].Code == code && Pages[i].Subpage == subpage)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Takes new values for all pages of a MODE SELECT, which have been checked; true when any bit changed.</summary>
    /// <param name="pages">For each page to change its index and all its bytes, which this now owns.</param>
    public bool Change(IReadOnlyList<(int Index, byte[] Page)> pages)
    {
        lock (_gate)
        {
            bool changed = false;
            foreach ((int index, byte[] page) in pages)
            {
                changed |= !page.AsSpan().SequenceEqual(_current[index]);
                _current[index] = page;
            }

            Derive();
            return changed;
        }
    }

    /// <summary>What is to be saved: every page that can be changed, as it is now. Nobody writes to them.</summary>
    public IReadOnlyList<byte[]> ToSave()
    {
        lock (_gate)
        {
            return [.. Enumerable.Range(0, Pages.Count).Where(IsChangeable).Select(index => _current[index])];
        }
    }

    /// <summary>
    /// Takes what was saved, in this run or one before. What does not fit the pages of this unit (it was of another kind then) is left at its default; the
    /// current values stay.
    /// </summary>
    public void Saved(IReadOnlyList<byte[]> saved)
    {
        lock (_gate)
        {
            foreach (byte[] values in saved)
            {
                if (!ModePage.TryMeasure(values, out byte subpage, out int length)
                    || Find((byte)(values[0] & ModePage.CodeMask), subpage) is not (>= 0 and int index)
                    || length != values.Length
                    || length != Pages[index].Length)
                {
                    continue;
                }

                byte[] page = [.. _defaults[index]];
                byte[] mask = _masks[index];
                for (int i = Pages[index].HeaderLength; i < page.Length; i++)
                {
                    page[i] = (byte)((page[i] & ~mask[i]) | (values[i] & mask[i]));
                }

                if (Pages[index].Check is not { } check || check(page) < 0)
                {
                    _saved[index] = page;
                }
            }
        }
    }

    /// <summary>Back to the saved values, or to the defaults where none are saved, as a reset wants it (SPC-4 §5.8).</summary>
    public void Reset()
    {
        lock (_gate)
        {
            _saved.CopyTo(_current, 0);
            Derive();
        }
    }

    private void Set(byte code, int at, byte bit, bool value)
    {
        lock (_gate)
        {
            int index = IndexOf(code, 0);
            byte[] page = [.. _current[index]];
            page[at] = (byte)(value ? page[at] | bit : page[at] & ~bit);
            _current[index] = page;
            Derive();
        }
    }

    private int IndexOf(byte code, byte subpage) =>
        Find(code, subpage) is >= 0 and int index ? index : throw new InvalidOperationException($"no mode page {code:X2}h/{subpage:X2}h");

    private void Derive()
    {
        // Pages that a unit does not have leave what depends on them at no.
        _descriptorSense = IsSet(PageCodes.Mode.Control, ModePages.ControlFlagsAt, ModePages.DescriptorSense);
        _skipsChecks = IsSet(PageCodes.Mode.Control, ModePages.ControlFlagsAt, ModePages.SkipChecks);
        _initiatorsOwnTags = IsSet(PageCodes.Mode.Control, ModePages.ControlTagsAt, ModePages.TagOwner);
        _softwareWriteProtect = IsSet(PageCodes.Mode.Control, ModePages.ControlProtectAt, ModePages.SoftwareWriteProtect);
        _writeThrough = !IsSet(PageCodes.Mode.Caching, ModePages.CachingFlagsAt, ModePages.WriteCacheEnable);
        _hasPowerTimers = IsSet(PageCodes.Mode.PowerCondition, ModePages.PowerFlagsAt, ModePages.StandbyYTimer)
            || IsSet(PageCodes.Mode.PowerCondition, ModePages.PowerFlagsAt + 1, ModePages.OtherPowerTimers);
        _taskSetPerNexus = IsSet(PageCodes.Mode.Control, ModePages.ControlFlagsAt, ModePages.TaskSetPerNexus);
        _taskManagementOnly = IsSet(PageCodes.Mode.Control, ModePages.ControlFlagsAt, ModePages.TaskManagementOnly);
        _queueError = BitsOf(PageCodes.Mode.Control, ModePages.ControlQueueAt, ModePages.QueueError);
        _attentionInterlock = BitsOf(PageCodes.Mode.Control, ModePages.ControlProtectAt, ModePages.AttentionInterlock);
        _answersAborted = IsSet(PageCodes.Mode.Control, ModePages.ControlTagsAt, ModePages.TaskAbortedStatus);
        bool pretends = BitsOf(PageCodes.Mode.InformationalExceptions, ModePages.ExceptionsFlagsAt, ModePages.ExceptionsTest | ModePages.ExceptionsDisabled) == ModePages.ExceptionsTest;
        _exceptionTest = pretends ? BitsOf(PageCodes.Mode.InformationalExceptions, ModePages.ExceptionsMethodAt, byte.MaxValue) : ModePages.MethodNone;
        int thresholds = Find(PageCodes.Mode.InformationalExceptions, PageCodes.Mode.LogicalBlockProvisioningSubpage);
        _hasThresholds = thresholds >= 0
            && IsSet(PageCodes.Mode.ReadWriteErrorRecovery, ModePages.RecoveryProvisioningAt, ModePages.ProvisioningReports)
            && ProvisioningThreshold.ReadAll(_current[thresholds]).Exists(static threshold => threshold.Enabled);
    }

    private bool IsSet(byte code, int at, byte bits) => BitsOf(code, at, bits) != 0;

    private int BitsOf(byte code, int at, byte bits) => Find(code, 0) is >= 0 and int index ? _current[index][at] & bits : 0;
}
