using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Session.Recovery;

/// <summary>What an initiator can do with recovery to others and to the server: nothing.</summary>
public class HostileInitiatorTests
{
    private const uint Length = 2300;

    // A command that has nothing to keep must not stay among those whose data is kept: the search for the oldest would find it for ever.
    [Fact(Timeout = 20_000)]
    [Rule("7143/7.1.3")]
    public async Task A_command_without_data_is_not_among_those_whose_data_is_kept()
    {
        SessionRig rig = RecoveryRig.Of(level: 1, new TargetSessionOptions { WindowDepth = 16, RetransmissionBytes = 1000 });
        await Task.Run(() =>
        {
            rig.Command(new FakeCdb { Trimmed = true });
            rig.Command(new FakeCdb(Gives: Length) { Once = true }, Length);
        }, TestContext.Current.CancellationToken);
        rig.Take();
        rig.AssertNothingLeaksWhenAcknowledged();
    }

    // 2048 holes are told apart. The one that the end of the connection makes is one too many: its bytes must not count as received.
    [Fact]
    [Rule("7143/7.2.2")]
    public void Bytes_that_are_missing_when_a_connection_is_lost_are_asked_for_or_the_command_fails()
    {
        const uint takes = (4 * 2 * 2048) + 4096;
        SessionRig rig = new(
            new SessionParameters { ErrorRecoveryLevel = 2, MaxConnections = 4, MaxBurstLength = 65536, FirstBurstLength = 512, MaxOutstandingR2T = 1, InitialR2T = true, ImmediateData = false },
            ConnectionParameters.Default,
            new TargetSessionOptions { WindowDepth = 16 })
        {
            ExpectRepeats = true,
        };
        TargetConnection second = rig.AddConnection(1);
        TargetConnection first = rig.Connection;
        rig.Connection = second;
        uint itt = rig.Command(new FakeCdb(Takes: takes), takes);
        ReadyToTransfer r2t = rig.TakeOne().R2T;
        byte[] four = [1, 1, 1, 1];
        for (uint i = 0; i < 2048; i++)
        {
            rig.DataOut(itt, r2t.TargetTransferTag, (2 * i) + 1, (8 * i) + 4, four, final: false);
        }

        rig.Lose(second);
        rig.Connection = first;
        rig.LogOut(LogoutReason.RemoveConnectionForRecovery, cid: 1);
        rig.Take();
        rig.Reassign(itt);
        while (rig.Take().Where(static pdu => pdu.Opcode == Opcode.ReadyToTransfer).Select(static pdu => pdu.R2T).ToArray() is [var again, ..])
        {
            byte[] ones = new byte[again.DesiredDataTransferLength];
            ones.AsSpan().Fill(1);
            rig.DataOut(itt, again.TargetTransferTag, 0, again.BufferOffset, ones, final: true);
        }

        if (rig.Written.TryGetValue(itt, out byte[]? written))
        {
            Assert.DoesNotContain((byte)0, written); // else: bytes that the initiator never sent
        }
    }

    // Three segments a burst, so that numbers below the first one do not come out right by chance.
    private static SessionRig OfThreeSegments() => new(
        new SessionParameters { ErrorRecoveryLevel = 1, MaxConnections = 1, MaxBurstLength = 1536, FirstBurstLength = 1536 },
        ConnectionParameters.Default with { PeerMaxRecvDataSegmentLength = 512 },
        new TargetSessionOptions { WindowDepth = 16, RetransmissionBytes = 0 })
    {
        ExpectRepeats = true,
        AcknowledgesAll = false,
        AutoComplete = false,
    };

    [Fact]
    [Rule("7143/11.16.2")]
    public void Data_that_is_acknowledged_while_it_is_read_again_is_not_sent_again()
    {
        SessionRig rig = OfThreeSegments();
        uint itt = rig.Command(new FakeCdb(Gives: Length), Length);
        rig.CompleteAll();
        DataIn asks = rig.Take()[2].DataIn;
        rig.Snack(SnackType.DataOrR2T, itt);
        rig.Snack(SnackType.DataAck, ttt: asks.TargetTransferTag, begin: 5, lun: asks.Lun);
        rig.CompleteAll();
        Assert.Empty(rig.Take());
        rig.AssertNothingLeaksWhenAcknowledged();
    }

    [Fact]
    [Rule("7143/11.16.3")]
    public void Data_that_is_cut_anew_while_it_is_read_again_has_no_more_pieces_than_it_has()
    {
        SessionRig rig = OfThreeSegments();
        uint itt = rig.Command(new FakeCdb(Gives: Length), Length);
        rig.CompleteAll();
        rig.Declare(4096);
        rig.Take();
        rig.Snack(SnackType.RData, itt, ttt: 1);
        rig.Snack(SnackType.DataOrR2T, itt, begin: 3, run: 2);
        rig.CompleteAll();
        rig.Take();
        rig.AssertNothingLeaksWhenAcknowledged();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Rule("7143/11.16")]
    public void Many_requests_for_the_same_data_do_not_fill_the_queue(bool kept)
    {
        const uint length = 200 * 512;
        SessionRig rig = RecoveryRig.Of(level: 1, new TargetSessionOptions { WindowDepth = 16, RetransmissionBytes = kept ? 1 << 20 : 0 });
        uint itt = rig.Command(new FakeCdb(Gives: length), length);
        rig.Take();
        rig.AutoComplete = false;
        rig.HoldSends = true;
        for (int i = 0; i < 200; i++)
        {
            rig.Snack(SnackType.DataOrR2T, itt);
        }

        rig.CompleteAll();
        Assert.InRange(rig.Connection.OutgoingCount, 0, 4096);
    }

    [Fact]
    [Rule("7143/11.16")]
    public void Rejects_are_kept_like_other_responses_and_not_for_ever()
    {
        SessionRig rig = RecoveryRig.Of(level: 1);
        for (int i = 0; i < 5000; i++)
        {
            byte[] header = new byte[Bhs.Length];
            header[0] = 0x3C; // no opcode of any initiator
            rig.Receive(header);
            rig.Take();
        }

        Assert.InRange(rig.Connection.Statuses!.Count, 0, StatusLog.MaxResponses + 1);
    }

    [Fact]
    [Rule("7143/8.3.4")]
    public void A_session_ends_when_the_login_that_took_its_only_connection_came_to_nothing()
    {
        SessionRig rig = RecoveryRig.Of(level: 2);
        TargetConnection old = rig.Connection;
        rig.Do(session => session.BeginJoin(0, rig.Now, rig));
        rig.Lose(old);
        rig.Do(session => session.FailJoin(0, rig.Now, rig));
        rig.Tick(rig.Retention);
        Assert.True(rig.Session.Ended);
    }

    [Fact]
    [Rule("7143/7.6")]
    public void Connections_that_are_replaced_again_and_again_do_not_pile_up()
    {
        SessionRig rig = RecoveryRig.Of(level: 2);
        for (int i = 0; i < 200; i++)
        {
            rig.Connection = rig.Reinstate(0);
        }

        Assert.InRange(rig.Session.FreeConnections, 0, 32);
    }

    // One PDU of each is asked for, and none is taken: the block of a command stays with its PDU, so the next must not be read before that is sent.
    [Fact]
    [Rule("7143/7.1.3")]
    public void Data_is_read_again_for_one_command_at_a_time_until_it_is_sent()
    {
        SessionRig rig = RecoveryRig.Of(level: 1, new TargetSessionOptions { WindowDepth = 16, RetransmissionBytes = 0, DataBudgetBytes = 2 * Length });
        uint[] reads = [.. Enumerable.Range(0, 10).Select(_ => rig.Command(new FakeCdb(Gives: Length), Length))];
        rig.Take();
        Assert.Equal(0, rig.Rented);
        rig.HoldSends = true;
        foreach (uint itt in reads)
        {
            rig.Snack(SnackType.DataOrR2T, itt, begin: 0, run: 1);
        }

        Assert.InRange(rig.Rented, 0, 2);
    }
}
