using Blockwire.Scsi;

namespace Blockwire.Scsi.Device.Copy;

/// <summary>
/// The copies of all nexuses, by list identifier, those that run and those whose result may still be asked for (SPC-4 §5.17.4). Bounded by <see cref="CopyBounds"/>.
/// Safe for calls from many threads.
/// </summary>
internal sealed class CopyLists
{
    private readonly Lock _gate = new();
    private readonly List<CopyOperation> _running = [];
    private readonly List<CopyOperation> _kept = [];

    /// <summary>Notes a copy that begins; the reason when it may not. A former one with the same identifier is forgotten.</summary>
    public SenseData? Begin(CopyOperation operation)
    {
        lock (_gate)
        {
            if (_running.Exists(it => IsSame(it, operation)))
            {
                return Sense.CopyInProgress;
            }

            if (_running.Count >= CopyBounds.Running || _running.Count(it => ReferenceEquals(it.Nexus, operation.Nexus)) >= CopyBounds.RunningOfNexus)
            {
                return Sense.InsufficientResources;
            }

            _kept.RemoveAll(it => IsSame(it, operation));
            _running.Add(operation);
            return null;
        }
    }

    /// <summary>A copy has ended; its result is kept while there is room, when it has a name.</summary>
    public void End(CopyOperation operation, CopyState state, SenseData? sense)
    {
        lock (_gate)
        {
            operation.End(state, sense);
            // Of a nexus that has gone nobody can ask.
            if (_running.Remove(operation) && operation is { ListIdentifier: not null, IsForgotten: false })
            {
                _kept.Add(operation);
                if (_kept.Count(it => ReferenceEquals(it.Nexus, operation.Nexus)) > CopyBounds.KeptOfNexus)
                {
                    _kept.RemoveAt(_kept.FindIndex(it => ReferenceEquals(it.Nexus, operation.Nexus)));
                }
            }
        }
    }

    /// <summary>The copy that a nexus named so, at a logical unit; null when it is not known.</summary>
    public CopyOperation? Find(Nexus nexus, LogicalUnit unit, uint listIdentifier)
    {
        lock (_gate)
        {
            return _running.Concat(_kept)
                .FirstOrDefault(it => it.ListIdentifier == listIdentifier && ReferenceEquals(it.Nexus, nexus) && ReferenceEquals(it.Unit, unit));
        }
    }

    /// <summary>COPY OPERATION ABORT: false when no such copy runs.</summary>
    public bool Abort(Nexus nexus, LogicalUnit unit, uint listIdentifier)
    {
        lock (_gate)
        {
            return CancelWhere(it => it.ListIdentifier == listIdentifier && ReferenceEquals(it.Nexus, nexus) && ReferenceEquals(it.Unit, unit)).Count > 0;
        }
    }

    /// <summary>
    /// PREEMPT AND ABORT: ends the copies of some nexuses that concern a logical unit, those behind their command and those of nexuses that have gone included
    /// (SPC-4 §5.13.11.5, §5.17.4). Completes when none of them works on any disk.
    /// </summary>
    public Task EndAsync(LogicalUnit unit, IReadOnlyList<NexusName> nexuses)
    {
        lock (_gate)
        {
            List<CopyOperation> victims = CancelWhere(it => nexuses.Contains(it.Nexus.Name) && it.Concerns(unit));
            return Task.WhenAll(victims.Select(static it => it.Over));
        }
    }

    /// <summary>Completes when none of the copies that run now and meet a condition works on any disk.</summary>
    public Task WhenOver(Predicate<CopyOperation> which)
    {
        lock (_gate)
        {
            return Task.WhenAll(_running.FindAll(which).Select(static it => it.Over));
        }
    }

    /// <summary>A nexus has gone, with all its copies and their results.</summary>
    public void Forget(Nexus nexus)
    {
        lock (_gate)
        {
            CancelWhere(it => ReferenceEquals(it.Nexus, nexus));
            _running.FindAll(it => ReferenceEquals(it.Nexus, nexus)).ForEach(static it => it.IsForgotten = true);
            _kept.RemoveAll(it => ReferenceEquals(it.Nexus, nexus));
        }
    }

    /// <summary>A logical unit was reset, or has gone: the copies that it was asked for end, their results go.</summary>
    public void Forget(LogicalUnit unit)
    {
        lock (_gate)
        {
            CancelWhere(it => ReferenceEquals(it.Unit, unit));
            _kept.RemoveAll(it => ReferenceEquals(it.Unit, unit));
        }
    }

    private List<CopyOperation> CancelWhere(Predicate<CopyOperation> which)
    {
        List<CopyOperation> victims = _running.FindAll(which);
        foreach (CopyOperation victim in victims)
        {
            victim.Cancel();
        }

        return victims;
    }

    private static bool IsSame(CopyOperation one, CopyOperation other) =>
        one.ListIdentifier is not null && one.ListIdentifier == other.ListIdentifier && ReferenceEquals(one.Nexus, other.Nexus) && ReferenceEquals(one.Unit, other.Unit);
}
