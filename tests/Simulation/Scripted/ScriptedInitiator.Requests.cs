using Blockwire.Wire;

namespace Blockwire.Simulation.Tests;

/// <content>Requests in general: pings, retries, and the gaps in CmdSN that the initiator has to close (RFC 7143 §7.2.1, §4.2.2.1).</content>
internal sealed partial class ScriptedInitiator
{
    private readonly List<PendingPing> _pings = [];
    private readonly HashSet<uint> _fillers = [];

    private TimeSpan RetryPatience() => _random.Milliseconds(Terms.RetryMilliseconds, 2 * Terms.RetryMilliseconds);

    /// <summary>A ping of the caller, which takes its turn among the commands.</summary>
    public void PingInOrder()
    {
        if (!HoldsBack && WindowIsOpen && PickUp() is { } connection)
        {
            Ping(connection, immediate: false, _random.Next(3) * 48);
        }
    }

    private void Ping(ScriptedConnection connection, bool immediate, int bytes)
    {
        byte[] data = new byte[bytes];
        data.AsSpan().Fill((byte)_nextItt);
        uint itt = NewItt();
        _pings.Add(new PendingPing(itt, connection, data));
        SendNumbered(connection, immediate, Opcode.NopOut, itt, new NopOut(immediate, 0, itt, Bhs.ReservedTag).Emit, data);
    }

    private void SendNumbered(ScriptedConnection connection, bool immediate, Opcode opcode, uint itt, Action<Span<byte>> emit, byte[]? data = null)
    {
        Serial32 cmdSN = immediate ? _cmdSN : TakeCmdSN();
        if (!immediate)
        {
            _unacknowledged.Add(new Request(cmdSN, opcode, itt) { Carrier = connection, Emit = emit, Data = data ?? [], RetryAt = Now + RetryPatience() });
        }

        connection.Send(emit, cmdSN, data);
    }

    private void ManageRequests()
    {
        if (_tsih == 0)
        {
            return;
        }

        foreach (Request request in _unacknowledged.ToArray())
        {
            if (request.Carrier is null)
            {
                if (PickUp() is { } next)
                {
                    Repeat(request, next);
                }
            }
            else if (request.Carrier.IsUp && Now >= request.RetryAt)
            {
                Repeat(request, request.Carrier);
            }
        }

        foreach (ScriptedTask task in _tasks.Values.ToArray())
        {
            if (task.MayBeGone && task.Connection is { IsUp: true } && !task.Reassigning && !_functions.Exists(function => function.Task == task))
            {
                task.MayBeGone = false;
                MakeSure(task);
            }
            else if (task.ReassignAt <= Now && !task.Reassigning && !SetFunctionRuns && PickUp() is { } connection)
            {
                Reassign(task, connection);
            }
            else if (task.Connection is { IsUp: true } && !task.Reassigning && Now - task.ProgressAt > TimeSpan.FromSeconds(60) && !_functions.Exists(function => function.Task == task))
            {
                throw new BrokenRuleException($"every task goes on: nothing was heard of {task} for a minute");
            }
        }

        ManageFunctions();
    }

    // The same request with the same number. What nobody waits for any more is replaced by a ping: its number has to come all the same.
    private void Repeat(Request request, ScriptedConnection connection)
    {
        bool moved = request.Carrier != connection;
        _world.Census.Count(moved ? "request sent again elsewhere" : "request sent again");
        bool rejected = request.Rejected;
        request.Rejected = false;
        request.Carrier = connection;
        request.RetryAt = Now + RetryPatience();
        if (_tasks.TryGetValue(request.Itt, out ScriptedTask? task) && request.Opcode == Opcode.ScsiCommand)
        {
            bool unsolicited = task.Operation.IsWrite && !Terms.InitialR2T;
            if (moved || rejected || !unsolicited)
            {
                ResetData(task);
                SendCommand(task, connection);
            }

            return;
        }

        bool asked = _fillers.Contains(request.Itt) || _pings.Exists(ping => ping.Itt == request.Itt && ping.Connection == connection) || _functions.Exists(function => function.Itt == request.Itt && function.Carrier == connection)
            || _logouts.Exists(logout => logout.Itt == request.Itt && logout.Carrier == connection);
        if (!asked)
        {
            request.Opcode = Opcode.NopOut;
            request.Itt = NewItt();
            request.Emit = new NopOut(false, 0, request.Itt, Bhs.ReservedTag).Emit;
            _fillers.Add(request.Itt); // answered or not: an aborted command's number may count as received already
        }

        connection.Send(request.Emit!, request.CmdSN, request.Data);
    }

    private sealed record PendingPing(uint Itt, ScriptedConnection Connection, byte[] Data);
}
