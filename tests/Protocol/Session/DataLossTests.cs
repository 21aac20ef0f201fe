using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Protocol.Tests.Session.Recovery;
using Blockwire.Testing;
using Blockwire.Wire;
using FsCheck;
using FsCheck.Fluent;

namespace Blockwire.Protocol.Tests.Session;

/// <summary>
/// An initiator whose PDUs are lost, spoilt and doubled on the way, and one that lies besides. Whatever comes: the device gets exactly the bytes that the initiator has, or the
/// command fails; and it comes to an end.
/// </summary>
[Rule("7143/7.1.4.1")]
public class DataLossTests
{
    [Fact]
    [Rule("7143/7.8")]
    [Rule("7143/7.9")]
    public void What_is_lost_on_the_way_is_recovered() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), static seed => Run(seed, level: 1, lies: false)).QuickCheckThrowOnFailure();

    [Fact]
    [Rule("7143/7.2.2")]
    public void What_is_lost_with_connections_is_recovered() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), static seed => Run(seed, level: 2, lies: false)).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void The_device_never_gets_other_bytes(int level) =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed => Run(seed, level, lies: true)).QuickCheckThrowOnFailure();

    private static void Run(int seed, int level, bool lies)
    {
        for (int i = 0; i < 10; i++)
        {
            new Exchange(unchecked((seed * 10) + i), level, lies).Run();
        }
    }

    private sealed class Exchange
    {
        private readonly Random _random;
        private readonly SessionRig _rig;
        private readonly SessionParameters _parameters;
        private readonly byte[] _data;
        private readonly bool _lies;
        private readonly List<ReadyToTransfer> _open = [];
        private int _strays; // how many may still go astray: who loses the same bytes nine times is given up
        private readonly Queue<Action> _late = [];
        private readonly uint _takes;
        private uint _itt;
        private uint _nextR2TSN;

        public Exchange(int seed, int level, bool lies)
        {
            _random = new Random(seed);
            _lies = lies;
            _strays = lies ? int.MaxValue : DataOutProgress.MaxRounds;
            int burst = 512 * _random.Next(1, 20);
            _parameters = new SessionParameters
            {
                ErrorRecoveryLevel = level,
                InitialR2T = Flip(),
                ImmediateData = Flip(),
                MaxBurstLength = burst,
                FirstBurstLength = _random.Next(512, burst + 1),
                MaxOutstandingR2T = _random.Next(1, 5),
                DataPDUInOrder = Flip(),
                DataSequenceInOrder = Flip(),
            };
            _rig = new SessionRig(
                _parameters,
                options: new TargetSessionOptions { WindowDepth = 16, IdleBeforeProbe = TimeSpan.FromDays(1), DataBudgetBytes = Flip() ? 1000 : 1 << 20 })
            {
                AcknowledgesAll = false,
                ExpStatSN = SessionRig.FirstStatSN,
                ExpectRepeats = true,
            };
            _data = SessionRig.Bytes(_random.Next(1, 30_000), seed);
            _takes = Flip() ? (uint)_data.Length : (uint)_random.Next(1, _data.Length + 1000);
        }

        public void Run()
        {
            uint hole = _rig.CmdSN;
            bool held = _parameters.ErrorRecoveryLevel < 2 && _random.Next(4) == 0;
            _rig.CmdSN += held ? 1u : 0;
            int first = Math.Min(_parameters.FirstBurstLength, _data.Length);
            int immediate = _parameters.ImmediateData ? _random.Next(0, first + 1) : 0;
            bool open = !_parameters.InitialR2T && Flip();
            _itt = _rig.Command(new FakeCdb(Takes: _takes) { Inline = Flip() }, (uint)_data.Length, _data[..immediate], final: !open, write: true);
            if (open)
            {
                Send(Bhs.ReservedTag, immediate, first);
            }

            if (held)
            {
                _rig.Command(new FakeCdb(), cmdSN: hole);
            }

            ScsiResponse response = Answer();
            if (response.Status == 0)
            {
                Assert.Equal(_data[..(int)Math.Min(_takes, (uint)_data.Length)], _rig.Written[_itt]);
            }
            else
            {
                Assert.True(_lies, $"a command failed though all that was lost could be recovered: {string.Join("; ", _rig.Notes.Select(note => note.Rule).TakeLast(20))}");
                Assert.False(_rig.Written.ContainsKey(_itt));
            }

            _rig.AssertNothingLeaksWhenAcknowledged();
        }

        private ScsiResponse Answer()
        {
            for (int turn = 0; turn < 5000; turn++)
            {
                foreach (SentPdu pdu in _rig.Take().Where(pdu => pdu.Itt == _itt))
                {
                    if (pdu.EndsCommand)
                    {
                        return pdu.Response;
                    }

                    Note(pdu.R2T);
                }

                if (_open.Count == 0)
                {
                    _rig.Tick(TimeSpan.FromSeconds(4)); // everything was sent: what did not come will be missed
                    continue;
                }

                if (_parameters.ErrorRecoveryLevel == 2 && _random.Next(6) == 0)
                {
                    ChangeConnection();
                    continue;
                }

                ReadyToTransfer r2t = _open[Flip() ? 0 : _random.Next(_open.Count)];
                _open.Remove(r2t);
                if (!Strays(10))
                {
                    Send(r2t.TargetTransferTag, (int)r2t.BufferOffset, (int)(r2t.BufferOffset + r2t.DesiredDataTransferLength));
                }
            }

            throw new InvalidOperationException("the command does not end");
        }

        // The connection is lost, perhaps in the midst of a PDU, and the task goes on by another.
        private void ChangeConnection()
        {
            TargetConnection old = _rig.Connection;
            ReadyToTransfer r2t = _open[0];
            int length = (int)r2t.DesiredDataTransferLength;
            byte[] header = _rig.Header(new DataOut(true, 0, _itt, r2t.TargetTransferTag, default, r2t.BufferOffset).Emit, 0);
            Bhs.SetLengths(header, 0, length);
            Memory<byte> landing = Flip() ? _rig.Session.PlanLanding(old, header, length) : default;
            _open.Clear();
            _late.Clear();
            bool lateLoss = Flip();
            if (!lateLoss)
            {
                _rig.Lose(old);
            }

            _rig.Connection = _rig.AddConnection((ushort)(old.Cid + 1));
            _rig.LogOut(LogoutReason.RemoveConnectionForRecovery, old.Cid);
            _rig.Reassign(_itt, Flip() ? _nextR2TSN : 0);
            if (lateLoss)
            {
                landing.Span.Fill(0x5A); // the shell was still receiving
                _rig.Lose(old);
            }
        }

        // RFC 7143 §11.8.4: within the command, within MaxBurstLength, and no more of them than agreed.
        private void Note(ReadyToTransfer r2t)
        {
            Assert.InRange(r2t.DesiredDataTransferLength, 1u, (uint)_parameters.MaxBurstLength);
            Assert.True(r2t.BufferOffset + r2t.DesiredDataTransferLength <= Math.Min(_takes, (uint)_data.Length));
            _open.Add(r2t);
            _nextR2TSN = r2t.R2TSN.Value + 1;
            bool one = _parameters is { ErrorRecoveryLevel: > 0, DataSequenceInOrder: true };
            Assert.True(_lies || _open.Count <= (one ? 1 : _parameters.MaxOutstandingR2T), "more R2Ts are out than agreed");
        }

        private void Send(uint ttt, int from, int to)
        {
            List<(int Begin, int End)> pieces = [];
            for (int at = from; at < to;)
            {
                int end = Math.Min(to, at + (Flip() ? _random.Next(1, 3000) : 512));
                pieces.Add((at, end));
                at = end;
            }

            if (!_parameters.DataPDUInOrder)
            {
                _random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(pieces));
            }

            for (int i = 0; i < pieces.Count; i++)
            {
                (int begin, int end) = pieces[i];
                bool final = i == pieces.Count - 1;
                if (_lies && _random.Next(12) == 0)
                {
                    Lie(ttt, (uint)i, begin, end);
                }

                switch (Strays(8) ? _random.Next(1, 5) : 0)
                {
                    case 1: // never arrives, as with a header digest error
                        break;
                    case 2: // later than anybody waits for it
                        int number = i;
                        _late.Enqueue(() => SendRight(ttt, number, begin, end, final));
                        break;
                    case 3:
                        _rig.DataOut(_itt, ttt, (uint)i, (uint)begin, SessionRig.Bytes(end - begin, i), final, digestError: true, land: Flip());
                        break;
                    case 4 when !final && _parameters.ErrorRecoveryLevel > 0: // twice
                        SendRight(ttt, i, begin, end, final);
                        SendRight(ttt, i, begin, end, final);
                        break;
                    default:
                        SendRight(ttt, i, begin, end, final);
                        break;
                }
            }

            if (_late.Count > 3)
            {
                _late.Dequeue()();
            }
        }

        private void SendRight(uint ttt, int dataSN, int begin, int end, bool final) =>
            _rig.DataOut(_itt, ttt, (uint)dataSN, (uint)begin, _data[begin..end], final, land: Flip());

        // Breaks the rules with bytes that are right for their place, so that a wrong byte at the device is always the target's own fault.
        private void Lie(uint ttt, uint dataSN, int begin, int end)
        {
            int at = _random.Next(_data.Length);
            switch (_random.Next(6))
            {
                case 0: // anywhere
                    _rig.DataOut(_itt, ttt, dataSN, (uint)at, _data[at..Math.Min(_data.Length, at + 600)], Flip(), land: Flip());
                    break;
                case 1: // far away
                    _rig.DataOut(_itt, ttt, dataSN, (uint)(uint.MaxValue - _random.Next(1000)), new byte[600], Flip(), land: Flip());
                    break;
                case 2: // a tag of nobody
                    _rig.DataOut(_itt, ttt + (uint)_random.Next(1, 4), dataSN, (uint)begin, _data[begin..end], Flip(), land: Flip());
                    break;
                case 3: // the end, too early
                    _rig.DataOut(_itt, ttt, dataSN, (uint)begin, [], final: true);
                    break;
                case 4: // any number
                    _rig.DataOut(_itt, ttt, (uint)_random.NextInt64(1L << 32), (uint)begin, _data[begin..end], Flip(), land: Flip());
                    break;
                default:
                    _rig.DataOut(_itt, ttt, dataSN, (uint)begin, _data[begin..end], Flip(), land: Flip(), lun: SessionRig.Unit3);
                    break;
            }
        }

        private bool Strays(int oneIn)
        {
            bool strays = _strays > 0 && _random.Next(oneIn) == 0;
            _strays -= strays ? 1 : 0;
            return strays;
        }

        private bool Flip() => _random.Next(2) == 0;
    }
}
