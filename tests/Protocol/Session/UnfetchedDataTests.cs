using System.Buffers;
using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Session;

/// <summary>Immediate data that still lies with the system: fetched only where it has to stay longer than the call.</summary>
public sealed class UnfetchedDataTests
{
    private readonly SessionRig _rig = new(new SessionParameters { FirstBurstLength = 4096, MaxBurstLength = 4096 });

    [Fact]
    public void An_inline_command_is_given_it_where_it_lies()
    {
        Source source = new();
        uint itt = Receive(source, new FakeCdb(Takes: 512) { Inline = true });
        Assert.Equal(0, source.Fetches);
        Assert.Equal(SessionRig.Bytes(512), _rig.Written[itt]);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    public void For_a_command_that_goes_on_later_it_is_fetched_once()
    {
        Source source = new();
        uint itt = Receive(source, new FakeCdb(Takes: 512));
        Assert.Equal(1, source.Fetches);
        _rig.CompleteAll();
        Assert.Equal(SessionRig.Bytes(512), _rig.Written[itt]);
        _rig.AssertNothingLeaks();
        Assert.Equal(1, source.Returned);
    }

    [Fact]
    public void For_a_command_ahead_of_its_number_it_is_fetched()
    {
        Source source = new();
        uint early = _rig.NextCmdSN(immediate: false);
        uint itt = Receive(source, new FakeCdb(Takes: 512) { Inline = true });
        Assert.Equal(1, source.Fetches);
        Assert.DoesNotContain(itt, _rig.Written.Keys);
        _rig.Nop(immediate: false, cmdSN: early);
        Assert.Equal(SessionRig.Bytes(512), _rig.Written[itt]);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    public void A_command_that_is_refused_leaves_it()
    {
        Source source = new();
        Receive(source, new FakeCdb(Takes: 512) { Refused = true });
        Assert.Equal(0, source.Fetches);
        _rig.AssertNothingLeaks();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_cannot_be_fetched_as_it_was_sent_is_never_written(bool isHeld)
    {
        Source source = new() { IsGone = true };
        uint early = isHeld ? _rig.NextCmdSN(immediate: false) : 0;
        uint itt = Receive(source, new FakeCdb(Takes: 512) { Inline = isHeld });
        if (isHeld)
        {
            _rig.Nop(immediate: false, cmdSN: early);
        }

        SentPdu answer = _rig.Take()[^1];
        Assert.Equal((Opcode.ScsiResponse, 2), (answer.Opcode, (int)answer.Response.Status));
        Assert.DoesNotContain(itt, _rig.Written.Keys);
        _rig.AssertNothingLeaks();
    }

    private uint Receive(Source source, FakeCdb cdb)
    {
        uint itt = _rig.NewTag();
        ScsiCommand command = new(
            Immediate: false, Final: true, Read: false, Write: true, Attribute: 1, SessionRig.Unit0, itt, ExpectedDataTransferLength: 512, cdb.ToCdb());
        byte[] header = _rig.Header(command.Emit, _rig.NextCmdSN(immediate: false));
        Bhs.SetLengths(header, 0, 512);
        _rig.Finish(header, DataSegment.Unfetched(source.Lying, source));
        source.Lying.Span.Clear(); // the next PDU comes
        return itt;
    }

    private sealed class Source : IUnfetchedData
    {
        public Memory<byte> Lying { get; } = SessionRig.Bytes(512);

        public bool IsGone { get; init; }

        public int Fetches { get; private set; }

        public int Returned { get; private set; }

        public bool Fetch(out IMemoryOwner<byte> owner)
        {
            Fetches++;
            owner = new Owner(this, IsGone ? new byte[600] : [.. Lying.ToArray(), .. new byte[88]]);
            return !IsGone;
        }

        private sealed class Owner(Source source, byte[] bytes) : IMemoryOwner<byte>
        {
            public Memory<byte> Memory => bytes;

            public void Dispose() => source.Returned++;
        }
    }
}
