using Blockwire.Scsi;

namespace Blockwire.Scsi.Device;

/// <content>Target port groups and their asymmetric access states (SPC-4 §5.11).</content>
public sealed partial class ScsiTargetDevice
{
    private const byte SetByInitiator = 1, SetByTarget = 2;

    // SET TARGET PORT GROUPS have their turn one after the other: each may wait for the store.
    private readonly SemaphoreSlim _groupTurn = new(1, 1);

    /// <summary>
    /// Where the states that initiators set are kept, so that they outlive the server; null, the default, keeps them nowhere. Not that of a logical unit: its documents belong to it
    /// alone.
    /// </summary>
    public IUnitStateStore? State { get; init; }

    /// <summary>Hears, on any thread, that a state could not be kept; the command that asked for it has been refused. Null, the default, when nobody listens.</summary>
    public Action<UnitStateException>? StateFault { get; init; }

    /// <summary>Its target port groups with their asymmetric access states; all are active/optimized at first.</summary>
    public IReadOnlyList<TargetPortGroup> PortGroups => _groups.Groups;

    /// <summary>Puts the groups in the states that initiators had set when the server ended. Groups that are no more are passed over.</summary>
    /// <exception cref="UnitStateException">What was kept cannot be read.</exception>
    public void RestoreAccessStates()
    {
        if (State?.Read(PortGroupDocument.Name) is { } document)
        {
            TellOfChange(
                _groups.Change([.. PortGroupDocument.Read(document).Where(it => _groups.Has(it.Group)).Select(static it => (it.Group, it.State, (bool?)null))], SetByInitiator),
                by: null);
        }
    }

    /// <summary>
    /// Puts a target port group in another asymmetric access state, as the target sees fit (implicit, SPC-4 §5.11.2.7). Every nexus hears of a change, through each port
    /// and of each unit.
    /// </summary>
    /// <param name="group">Target port group.</param>
    /// <param name="state">Its state from now on; commands that run already go on.</param>
    /// <param name="preferred">Would the target like this group to be used? Null leaves it.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such group, or a group cannot be in such a state.</exception>
    public void SetAccessState(ushort group, AccessState state, bool? preferred = null)
    {
        if (!_groups.Has(group))
        {
            throw new ArgumentOutOfRangeException(nameof(group), group, "the target has no such port group");
        }

        if (!Enum.IsDefined(state) || state == AccessState.LogicalBlockDependent)
        {
            throw new ArgumentOutOfRangeException(nameof(state), state, "no state that a port group can be in");
        }

        TellOfChange(_groups.Change([(group, state, preferred)], SetByTarget), by: null);
    }

    internal bool HasPortGroup(ushort group) => _groups.Has(group);

    /// <summary>
    /// SET TARGET PORT GROUPS: explicit changes, of which the nexus that asked need not hear (SPC-4 §5.11.2.8). They are kept before anything changes; false when they cannot be.
    /// </summary>
    internal async ValueTask<bool> TrySetAccessStatesAsync(IReadOnlyList<(ushort Group, AccessState State)> changes, Nexus by, CancellationToken cancellationToken)
    {
        await _groupTurn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (State is { } store)
            {
                Dictionary<ushort, AccessState> kept = _groups.Groups.Where(static it => it.StatusCode == SetByInitiator).ToDictionary(static it => it.Group, static it => it.State);
                foreach ((ushort group, AccessState state) in changes)
                {
                    kept[group] = state;
                }

                await store.ReplaceAsync(PortGroupDocument.Name, PortGroupDocument.Write(kept.OrderBy(static it => it.Key).Select(static it => (it.Key, it.Value)))).ConfigureAwait(false);
            }

            TellOfChange(_groups.Change([.. changes.Select(static it => (it.Group, it.State, (bool?)null))], SetByInitiator), by);
            return true;
        }
        catch (UnitStateException failure)
        {
            StateFault?.Invoke(failure);
            return false;
        }
        finally
        {
            _groupTurn.Release();
        }
    }

    private void TellOfChange(bool changed, Nexus? by)
    {
        foreach (LogicalUnit unit in changed ? Units : [])
        {
            unit.AttendAll(Sense.AccessStateChanged, by);
        }
    }
}
