using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Session;

/// <summary>
/// Random PDUs, right and wrong, on one to four connections, with random completions, losses, logouts and ticks between them. The seed also draws which kinds of events there are, so that rare
/// mixes occur. Whatever comes: no exception, no leak, one answer for each task, numbers in order.
/// </summary>
[Rule("7143/4.2.2")]
public class SwarmTests
{
    private const int Steps = 2000;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 60)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Nothing_leaks_and_every_task_has_at_most_one_answer(int seed)
    {
        try
        {
            new Swarm(seed).Run();
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException($"seed {seed}: {failure.Message}", failure);
        }
    }

    private sealed class Swarm
    {
        private readonly Random _random;
        private readonly SessionRig _rig;
        private readonly List<Action> _events;
        private readonly List<uint> _tags = [];
        private readonly List<(ushort Cid, ReadyToTransfer R2T)> _r2ts = [];
        private readonly Dictionary<uint, HashSet<ushort>> _carriers = [];
        private readonly Dictionary<uint, int> _due = [];
        private readonly bool _ordering;
        private readonly int _most;
        private readonly List<TargetConnection> _closed = [];
        private readonly SessionRig _stranger = new();

        public Swarm(int seed)
        {
            _random = new Random(seed);
            _ordering = Flip();
            _most = _random.Next(1, 5);
            int burst = 512 * _random.Next(1, 9);
            _rig = new SessionRig(
                new SessionParameters
                {
                    InitialR2T = Flip(),
                    ImmediateData = Flip(),
                    MaxBurstLength = burst,
                    FirstBurstLength = burst,
                    MaxOutstandingR2T = _random.Next(1, 5),
                    DataPDUInOrder = Flip(),
                    DataSequenceInOrder = Flip(),
                    ErrorRecoveryLevel = _random.Next(2),
                    MaxConnections = _most,
                    ProtocolLevel = _random.Next(1, 3),
                    TaskReporting = (TaskReporting)_random.Next(3),
                },
                new ConnectionParameters { PeerMaxRecvDataSegmentLength = 512 * _random.Next(1, 9) },
                new TargetSessionOptions { WindowDepth = 1 << _random.Next(1, 6), MaxImmediateCommands = 4, DataBudgetBytes = 1 << _random.Next(10, 18), SequenceTimeout = TimeSpan.FromSeconds(_random.Next(1, 20)) },
                firstCmdSN: uint.MaxValue - (uint)_random.Next(500))
            {
                AutoComplete = Flip(),
            };
            Action[] all =
            [
                Command, Command, Command, Read, Write, OutOfOrder, DataOut, DataOut, AnswerR2T, AnswerR2T, AnswerR2T, Complete, Complete, Ping, Function, AbortOne,
                Text, Rubbish, Tick, Reinstate, Fill, Fill, HoldSends, Join, Join, Lose, LogOutOne, Intrude, AskToNegotiate,
            ];
            _stranger.Others.Add(_rig);
            _events = [.. all.Where(_ => _random.Next(4) > 0)];
            _events.AddRange([Command, Complete, Fill]);
            for (ushort cid = 1; cid < _most; cid++)
            {
                _rig.AddConnection(cid);
            }
        }

        public void Run()
        {
            for (int step = 0; step < Steps && !_rig.Session.Ended; step++)
            {
                _rig.Connection = _rig.Session.Connections[_random.Next(_rig.Session.Connections.Count)];
                _events[_random.Next(_events.Count)]();
                CheckAnswers();
                CheckClosed();
            }

            _rig.HoldSends = false;
            _rig.Settle();
            foreach (TargetConnection connection in _rig.Session.Connections.ToArray())
            {
                _rig.LoseForGood(connection, "the end");
            }

            _rig.Do(session => session.Terminate("the end", CloseKind.Now, SessionEnding.Closure, _rig));
            _rig.CompleteAll();
            CheckAnswers();
            _rig.AssertNothingLeaks(windowOpen: false);
            Assert.True(_rig.Session.Ended);
            _stranger.AssertNothingLeaks();
        }

        // A task tag is answered at most as often as it was sent.
        private void CheckAnswers()
        {
            foreach (SentPdu pdu in _rig.Take())
            {
                if (pdu.EndsCommand)
                {
                    Assert.True(_carriers[pdu.Itt].Contains(pdu.Cid), $"task {pdu.Itt} is answered on connection {pdu.Cid}");
                    Assert.True(_due.TryGetValue(pdu.Itt, out int due) && due > 0, $"an answer too many for task {pdu.Itt}");
                    _due[pdu.Itt]--;
                }
                else if (pdu.Opcode == Opcode.ReadyToTransfer)
                {
                    Assert.Contains(pdu.Cid, _carriers[pdu.Itt]);
                    _r2ts.Add((pdu.Cid, pdu.R2T));
                }
            }
        }

        private bool Flip() => _random.Next(2) == 0;

        private uint Tag() => _tags.Count > 0 && _random.Next(8) == 0 ? _tags[_random.Next(_tags.Count)] : (uint)_random.Next(1, 1 << 30);

        private FakeCdb Cdb(uint takes, uint gives) =>
            new(takes, gives) { Refused = _random.Next(8) == 0, Inline = Flip(), Lent = Flip(), Fails = _random.Next(8) == 0 };

        private uint Note(uint tag)
        {
            _tags.Add(tag);
            if (!_carriers.TryGetValue(tag, out HashSet<ushort>? carriers))
            {
                _carriers[tag] = carriers = [];
            }

            carriers.Add(_rig.Connection.Cid);
            _due[tag] = _due.GetValueOrDefault(tag) + 1;
            return tag;
        }

        private void Command() => _rig.Command(Cdb(0, 0), attribute: (byte)_random.Next(_ordering ? 5 : 2), tag: Note(Tag()), immediate: _random.Next(5) == 0, lun: Flip() ? SessionRig.Unit0 : SessionRig.Unit3);

        private void Read() =>
            _rig.Command(Cdb(0, (uint)_random.Next(20_000)), (uint)_random.Next(20_000), tag: Note(Tag()), immediate: _random.Next(5) == 0, read: true);

        private void Write()
        {
            uint expected = (uint)_random.Next(1, 20_000);
            if (_random.Next(3) > 0)
            {
                _rig.Command(Cdb(expected, 0), expected, tag: Note(Tag())); // all on request, as every target takes it
                return;
            }

            uint takes = Flip() ? expected : (uint)_random.Next(20_000);
            byte[] immediate = new byte[_random.Next(3) == 0 ? 0 : _random.Next((int)Math.Min(expected, 6000) + 200)];
            _rig.Command(Cdb(takes, 0), expected, immediate, final: Flip(), tag: Note(Tag()), immediate: _random.Next(5) == 0, write: true, digestError: _random.Next(20) == 0);
        }

        private void OutOfOrder() => _rig.Command(Cdb(0, 0), tag: Note(Tag()), cmdSN: _rig.Session.Window.ExpCmdSN.Value + (uint)_random.Next(-2, 40));

        // Another session of the target ends tasks of this one.
        private void Intrude()
        {
            TaskManagementFunction[] functions = [TaskManagementFunction.ClearTaskSet, TaskManagementFunction.LogicalUnitReset, TaskManagementFunction.TargetWarmReset];
            ulong unit = Flip() ? SessionRig.Unit0 : SessionRig.Unit3;
            _stranger.Manage(functions[_random.Next(functions.Length)], unit);
            _rig.Attentions.Add(unit);
            if (Flip())
            {
                _rig.Acknowledge(_rig.Connection, unit);
            }
        }

        private void AskToNegotiate() =>
            _rig.Do(session => session.RequestNegotiation(_rig.Connection, TimeSpan.FromSeconds(_random.Next(5)), _rig.Now));

        // What is missing comes: else most runs would only ever see a hole.
        private void Fill()
        {
            _rig.Command(Cdb(0, 0), tag: Note(Tag()), cmdSN: _rig.Session.Window.ExpCmdSN.Value);
            _rig.CmdSN = _rig.Session.Window.ExpCmdSN.Value;
        }

        private void DataOut()
        {
            if (_tags.Count > 0)
            {
                uint offset = Flip() ? 0 : (uint)_random.Next(20_000);
                _rig.DataOut(_tags[^_random.Next(1, Math.Min(_tags.Count, 8) + 1)], Bhs.ReservedTag, (uint)_random.Next(3), offset, new byte[_random.Next(3000)], Flip(), _random.Next(9) == 0, Flip());
            }
        }

        private void AnswerR2T()
        {
            if (_r2ts.Count == 0)
            {
                return;
            }

            (ushort Cid, ReadyToTransfer R2T) asked = _r2ts[_random.Next(_r2ts.Count)];
            ReadyToTransfer r2t = asked.R2T;
            if (_random.Next(8) > 0 && _rig.Session.Connections.FirstOrDefault(connection => connection.Cid == asked.Cid) is { } carrier)
            {
                _rig.Connection = carrier;
            }

            int length = (int)r2t.DesiredDataTransferLength;
            bool right = _random.Next(4) > 0;
            if (!right)
            {
                length = _random.Next(length + 600);
            }

            bool final = right || Flip();
            if (final)
            {
                _r2ts.Remove(asked);
            }

            uint lie = !right && Flip() ? 1u : 0;
            _rig.DataOut(r2t.InitiatorTaskTag, r2t.TargetTransferTag + lie, lie, r2t.BufferOffset, new byte[length], final, !right && Flip(), Flip());
        }

        private void Complete()
        {
            if (_rig.Executing.Count > 0)
            {
                _rig.CompleteTask(_rig.Executing[_random.Next(_rig.Executing.Count)]);
            }
        }

        private void Ping() => _rig.Nop(new byte[_random.Next(100)], immediate: Flip(), cmdSN: _rig.Session.Window.ExpCmdSN.Value + (uint)_random.Next(4));

        private void Function()
        {
            TaskManagementFunction function = (TaskManagementFunction)_random.Next(1, 14);
            if (function is TaskManagementFunction.TargetColdReset or TaskManagementFunction.ITNexusReset && _random.Next(50) > 0)
            {
                return;
            }

            _rig.Manage(function, _random.Next(5) == 0 ? SessionRig.NoUnit : SessionRig.Unit0, immediate: Flip(), cmdSN: _rig.Session.Window.ExpCmdSN.Value + (uint)_random.Next(4));
        }

        private void AbortOne()
        {
            if (_tags.Count > 0)
            {
                uint expCmdSN = _rig.Session.Window.ExpCmdSN.Value;
                _rig.Manage(TaskManagementFunction.AbortTask, referenced: _tags[^_random.Next(1, Math.Min(_tags.Count, 9) + 1)], refCmdSN: expCmdSN + (uint)_random.Next(-2, 4), cmdSN: expCmdSN + 5);
            }
        }

        private void Text() =>
            _rig.Receive(_rig.Header(new TextRequest(Flip(), Flip(), _random.Next(9) == 0, 0, Tag(), Bhs.ReservedTag).Emit, _rig.Session.Window.ExpCmdSN.Value), "X-a=1\0"u8.ToArray());

        // Any opcode with any content; format errors, which end the session, are rare.
        private void Rubbish()
        {
            byte[] header = new byte[Bhs.Length];
            _random.NextBytes(header);
            header[4] = 0;
            if (new BhsView(header).Opcode is Opcode.LogoutRequest or Opcode.TaskManagementRequest && _random.Next(30) > 0)
            {
                return;
            }

            if (new BhsView(header).Opcode == Opcode.ScsiCommand)
            {
                header.AsSpan(32).Clear();
                Note(System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(16)));
            }

            _rig.Receive(header, _random.Next(3) == 0 && new BhsView(header).Opcode is not (Opcode.TaskManagementRequest or Opcode.LogoutRequest) ? new byte[_random.Next(300)] : null);
        }

        private void Tick() => _rig.Tick(TimeSpan.FromMilliseconds(_random.Next(4000)));

        private void Reinstate()
        {
            if (_random.Next(10) > 0)
            {
                return;
            }

            TargetConnection old = _rig.Connection;
            _rig.Reinstate(old.Cid);
            _rig.Connection = _rig.AddConnection(old.Cid);
            Drop(old);
        }

        private void Join()
        {
            ushort cid = (ushort)_random.Next(_most);
            if (!_rig.Session.IsClosing && _rig.Session.Connections.All(connection => connection.Cid != cid))
            {
                _rig.AddConnection(cid);
            }
        }

        private void Lose()
        {
            if (_rig.Session.Connections.Count > 1)
            {
                Drop(_rig.Connection);
            }
        }

        private void Drop(TargetConnection connection)
        {
            _rig.LoseForGood(connection, "lost");
            _rig.Do(session => session.DropOutgoing(connection, _rig));
            _r2ts.RemoveAll(asked => asked.Cid == connection.Cid);
        }

        private void LogOutOne()
        {
            if (_rig.Session.Connections.Count > 1)
            {
                _rig.LogOut(LogoutReason.CloseConnection, (ushort)_random.Next(_most), immediate: Flip(), cmdSN: _rig.Session.Window.ExpCmdSN.Value);
            }
        }

        // The shell closes what it is asked to close, and the session hears of it.
        private void CheckClosed()
        {
            foreach ((TargetConnection connection, _, _) in _rig.Closed.ToArray())
            {
                if (!_closed.Contains(connection))
                {
                    _closed.Add(connection);
                    Drop(connection);
                }
            }

            _rig.Closed.Clear();
            Assert.True(_rig.Session.Ended || _rig.Session.Connections.Count > 0, "a session without connections goes on");
            Assert.Equal(_rig.Session.Connections.Count, _rig.Session.Connections.Select(static connection => connection.Cid).Distinct().Count());
        }

        private void HoldSends()
        {
            _rig.HoldSends = !_rig.HoldSends;
            _rig.Settle();
        }
    }
}
