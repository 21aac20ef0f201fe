using Blockwire.Protocol.Initiator;
using Blockwire.Protocol.Session;
using Blockwire.Wire;

namespace Blockwire.Simulation.Tests;

/// <content>What goes wrong.</content>
internal sealed partial class PairWorld
{
    private TimeSpan _refusedUntil;
    private TimeSpan _unreachableUntil;
    private Opcode? _cutAt;
    private int _tight;

    /// <summary>Opens a TCP connection, if the way to the target is free.</summary>
    public void OpenLink(SimInitiatorConnection shell, Action<Link> up, Action<string> failed)
    {
        // Some paths are much slower than others, so that what goes by two connections comes in any order.
        int factor = _linkRandom.Chance(30) ? _linkRandom.Between(2, 40) : 1;
        LinkQuality quality = Scenario.Links with { MostDelay = TimeSpan.FromTicks(Math.Min(Scenario.Links.MostDelay.Ticks * factor, TimeSpan.FromMilliseconds(400).Ticks)) };
        TimeSpan delay = _linkRandom.Between(quality.LeastDelay, quality.MostDelay);
        if (Now < _refusedUntil)
        {
            Timeline.After(delay, () => failed("connection refused"));
        }
        else if (Now >= _unreachableUntil)
        {
            Timeline.After(delay, () =>
            {
                Link link = new(Timeline, _linkRandom, quality, shell.Core.Cid);
                bool isCut = false;
                link.ToTarget.Swallow = frame => isCut |= CutsAt(link, frame);
                link.ToInitiator.Swallow = frame => isCut |= CutsAt(link, frame);
                Target.Accept(link);
                up(link);
            });
        }
    }

    private bool CutsAt(Link link, Frame frame)
    {
        if (link.IsCut || _cutAt is not { } opcode || new BhsView(frame.Bytes).Opcode != opcode)
        {
            return false;
        }

        _cutAt = null;
        Census.Count($"cut at {opcode}");
        Trace.Add($"fault   c{link.Cid} is cut at {opcode}");
        Timeline.After(TimeSpan.Zero, () => link.Cut(_linkRandom.Milliseconds(0, 20), _linkRandom.Milliseconds(0, 20), $"cut at {opcode}"));
        return true;
    }

    private void EndFaults()
    {
        Target.MemoryIsTight = false;
        Target.Tempo = Scenario.Tempo;
        _tight = 0;
        _refusedUntil = _unreachableUntil = default;
        _cutAt = null;
    }

    private void Happen(PairFault fault)
    {
        SimInitiatorConnection[] open = [.. Initiator.Shells.Where(static shell => shell.IsOpen)];
        SimInitiatorConnection? shell = open.Length > 0 ? open[fault.Which % open.Length] : null;
        if (Scenario.Mercy == Mercy.OnePath && !Initiator.IsWell && fault.Kind is not (PairFaultKind.SpoilPayload or PairFaultKind.SlowDisk))
        {
            return; // one thing after the other
        }

        Trace.Add($"fault   {fault}");
        Census.Count($"fault: {fault.Kind}");
        switch (fault.Kind)
        {
            case PairFaultKind.Cut or PairFaultKind.CutUnheard when shell is not null:
                Cut(shell.Link!, fault);
                break;
            case PairFaultKind.CutAll:
                foreach (SimInitiatorConnection each in open)
                {
                    each.Link!.Cut(_linkRandom.Milliseconds(0, 10), _linkRandom.Milliseconds(0, 10), "cut");
                }

                break;
            case PairFaultKind.CutAt:
                ArmCut(shell, fault);
                break;
            case PairFaultKind.Stall when shell is not null:
                Stall(shell.Link!, fault);
                break;
            case PairFaultKind.SpoilPayload when shell is not null:
                _everSpoilt = true;
                (fault.Which % 2 == 0 ? shell.Link!.ToInitiator : shell.Link!.ToTarget).SpoilPayloads = 1 + (fault.Which % 3);
                break;
            case PairFaultKind.SpoilHeader when shell is not null:
                _everSpoilt = true;
                (fault.Which % 2 == 0 ? shell.Link!.ToInitiator : shell.Link!.ToTarget).SpoilHeaders++;
                break;
            case PairFaultKind.SlowDisk:
                Target.Tempo = Scenario.Tempo with { SlowPercent = 60, MostSlowMilliseconds = Math.Max(600, (int)Math.Min(9_000, fault.Lasts.TotalMilliseconds)) };
                Timeline.After(fault.Lasts, () => Target.Tempo = Scenario.Tempo);
                break;
            case PairFaultKind.TightMemory:
                _everTight = Target.MemoryIsTight = true;
                _tight++;
                Timeline.After(fault.Lasts, () => Target.MemoryIsTight = --_tight > 0);
                break;
            case PairFaultKind.Refused:
                _refusedUntil = Now + fault.Lasts;
                break;
            case PairFaultKind.Unreachable:
                _unreachableUntil = Now + fault.Lasts;
                break;
            case PairFaultKind.Restart:
                Target.Restart();
                break;
            default:
                ActAtTarget(fault);
                ActAtCaller(fault);
                break;
        }
    }

    private void ArmCut(SimInitiatorConnection? shell, in PairFault fault)
    {
        _cutAt = PairFault.CutPoints[fault.Which % PairFault.CutPoints.Count];
        if (Scenario.Mercy == Mercy.OnePath && shell is not null)
        {
            Cut(shell.Link!, fault); // the second error comes while the first is mended
        }
    }

    private void Stall(Link link, in PairFault fault)
    {
        _everStalled = true; // data that does not come for long counts as spoilt (RFC 7143 §7.1.4.1)
        if (fault.Which % 3 != 0)
        {
            link.ToTarget.StallUntil(Now + fault.Lasts);
        }

        if (fault.Which % 3 != 1)
        {
            link.ToInitiator.StallUntil(Now + fault.Lasts);
        }
    }

    private void Cut(Link link, in PairFault fault)
    {
        bool initiatorLate = fault.Kind == PairFaultKind.CutUnheard && fault.Which % 2 == 0;
        bool targetLate = fault.Kind == PairFaultKind.CutUnheard && !initiatorLate;
        link.Cut(initiatorLate ? fault.Lasts : _linkRandom.Milliseconds(0, 20), targetLate ? fault.Lasts : _linkRandom.Milliseconds(0, 20), "cut");
    }

    private void ActAtTarget(in PairFault fault)
    {
        int which = fault.Which;
        foreach (SimSession session in Target.Sessions.ToArray())
        {
            switch (fault.Kind)
            {
                case PairFaultKind.DropConnection when session.Connections.Count > 0:
                    session.Connections[which % session.Connections.Count].Abort("the target drops it");
                    break;
                case PairFaultKind.DropSession:
                    session.Observer.EndsOtherwise = true;
                    session.Do(static (core, effects) => core.Drop("the target drops the session", effects));
                    break;
                case PairFaultKind.AskForLogout:
                    _everAsked = true;
                    session.Do((core, effects) => core.RequestLogout(TimeSpan.FromSeconds(10), effects));
                    break;
                case PairFaultKind.AskForNegotiation when session.Connections.Count > 0 && session.Connections[which % session.Connections.Count].Core is { } chosen:
                    session.Do((core, _) => core.RequestNegotiation(chosen, TimeSpan.FromSeconds(5), Now));
                    break;
            }
        }
    }

    private void ActAtCaller(in PairFault fault)
    {
        int which = fault.Which;
        SimCommand? command = _pending.Count > 0 ? _pending[which % _pending.Count] : null;
        switch (fault.Kind)
        {
            case PairFaultKind.Cancel when command is not null:
                command.IsCancelled = true;
                Trace.Add($"caller  cancels {command}");
                Initiator.Do((core, now, effects) => core.Cancel(command, now, effects));
                break;
            case PairFaultKind.AbortTask when command is not null:
                command.IsCancelled = true;
                SubmitFunction(new SimFunction(this) { Function = TaskManagementFunction.AbortTask, Task = command });
                break;
            case PairFaultKind.EndTasks:
                _functionAt = Now;
                _everFunction = true;
                TaskManagementFunction function = (which % 4) switch
                {
                    0 => TaskManagementFunction.AbortTaskSet,
                    1 => TaskManagementFunction.ClearTaskSet,
                    2 => TaskManagementFunction.LogicalUnitReset,
                    _ => TaskManagementFunction.TargetWarmReset,
                };
                SubmitFunction(new SimFunction(this) { Function = function });
                break;
            case PairFaultKind.CloseConnection when Initiator.Core.Connections.Count > 0:
                ushort cid = Initiator.Core.Connections[which % Initiator.Core.Connections.Count].Cid;
                Initiator.Do((core, now, effects) => core.CloseConnection(cid, now, effects));
                break;
            case PairFaultKind.CloseSession:
                _isUnwanted = true;
                Initiator.Do(static (core, now, effects) => core.Close(now, effects));
                break;
            case PairFaultKind.Abandon:
                _isUnwanted = true;
                Initiator.Do(static (core, _, effects) => core.Abandon("the caller wants the end", effects));
                break;
            case PairFaultKind.RenewNow:
                Initiator.Do(static (core, now, effects) => core.RenewNow(now, effects));
                break;
        }
    }

    private void SubmitFunction(SimFunction function)
    {
        Trace.Add($"caller  wants {function.Function} of {function.Task}");
        _talk.Add(function);
        Initiator.Do((core, now, effects) => core.Submit(function, now, effects));
    }
}
