using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Session;

/// <summary>The shell receives into a task's own memory: it stays put until the landing has ended, whatever becomes of the task.</summary>
public class LandingTests
{
    private readonly SessionRig _rig = new(new SessionParameters { ImmediateData = false, MaxBurstLength = 4096, FirstBurstLength = 4096, MaxOutstandingR2T = 2 });

    [Fact]
    public void Solicited_data_lands_in_its_place()
    {
        uint itt = _rig.Command(new FakeCdb(Takes: 4096), 4096);
        byte[] header = DataOut(itt, _rig.TakeOne().R2T.TargetTransferTag, 0, 4096);
        Memory<byte> landing = _rig.Session.PlanLanding(_rig.Connection, header, 4096);
        Assert.Equal(4096, landing.Length);
        SessionRig.Bytes(4096).CopyTo(landing);
        _rig.Finish(header, DataSegment.InPlace(landing, digestError: false));
        Assert.Equal(SessionRig.Bytes(4096), _rig.Written[itt]);
        _rig.AssertNothingLeaks();
    }

    [Fact]
    public void Data_that_nobody_asked_for_lands_elsewhere()
    {
        uint itt = _rig.Command(new FakeCdb(Takes: 4096), 4096);
        uint ttt = _rig.TakeOne().R2T.TargetTransferTag;
        Assert.True(_rig.Session.PlanLanding(_rig.Connection, DataOut(itt, ttt + 1, 0, 512), 512).IsEmpty);
        Assert.True(_rig.Session.PlanLanding(_rig.Connection, DataOut(itt + 1, ttt, 0, 512), 512).IsEmpty);
        Assert.True(_rig.Session.PlanLanding(_rig.Connection, DataOut(itt, ttt, 512, 512), 512).IsEmpty);
        Assert.True(_rig.Session.PlanLanding(_rig.Connection, DataOut(itt, ttt, 0, 4100), 4100).IsEmpty);
        _rig.DataOut(itt, ttt, 0, 0, new byte[4096], final: true);
        _rig.AssertNothingLeaks();
    }

    public static TheoryData<string> Ends => ["logout", "reset", "connection lost", "make way", "terminate"];

    [Theory]
    [MemberData(nameof(Ends))]
    [Rule("7143/11.5.1")]
    public void A_task_that_ends_during_a_landing_keeps_its_memory_until_the_landing_is_over(string end)
    {
        uint itt = _rig.Command(new FakeCdb(Takes: 4096), 4096);
        byte[] header = DataOut(itt, _rig.TakeOne().R2T.TargetTransferTag, 0, 4096);
        TargetConnection carrier = _rig.Connection;
        Memory<byte> landing = _rig.Session.PlanLanding(carrier, header, 4096);

        // Another connection of the session acts while this one is receiving.
        if (end is "logout" or "reset" or "connection lost")
        {
            _rig.Connection = _rig.AddConnection(1);
        }

        switch (end)
        {
            case "logout":
                _rig.LogOut(LogoutReason.CloseConnection, cid: 0);
                break;
            case "reset":
                _rig.Manage(TaskManagementFunction.TargetWarmReset);
                break;
            case "connection lost":
                break;
            case "make way":
                _rig.Reinstate(0);
                break;
            default:
                _rig.Do(session => session.Terminate("test", CloseKind.Now, SessionEnding.Closure, _rig));
                break;
        }

        landing.Span.Fill(0x5A);
        Assert.True(_rig.Rented > 0, "the memory is still the landing's");
        Assert.DoesNotContain(_rig.Sent, pdu => pdu.Opcode is Opcode.TaskManagementResponse or Opcode.LogoutResponse);
        _rig.Connection = carrier;
        if (end == "connection lost")
        {
            _rig.LoseForGood(carrier, "reset by peer");
        }
        else
        {
            _rig.Finish(header, DataSegment.InPlace(landing, digestError: false));
        }

        Assert.Empty(_rig.Written);
        Assert.Equal(end is "logout" or "reset", _rig.Sent.Exists(pdu => pdu.Opcode is Opcode.TaskManagementResponse or Opcode.LogoutResponse));
        _rig.AssertNothingLeaks();
    }

    [Fact]
    [Rule("7143/4.2.3.3")]
    [Rule("7143/4.2.3.3#5")]
    public void A_task_set_abort_during_a_landing_still_waits_for_the_other_R2T()
    {
        uint itt = _rig.Command(new FakeCdb(Takes: 8192), 8192);
        uint[] tags = [.. _rig.Take().Select(pdu => pdu.R2T.TargetTransferTag)];
        byte[] header = DataOut(itt, tags[0], 0, 4096);
        TargetConnection carrier = _rig.Connection;
        Memory<byte> landing = _rig.Session.PlanLanding(carrier, header, 4096);
        _rig.Connection = _rig.AddConnection(1);
        _rig.Manage(TaskManagementFunction.AbortTaskSet);
        _rig.Connection = carrier;
        _rig.Finish(header, DataSegment.InPlace(landing, digestError: false));
        Assert.Empty(_rig.Sent);
        _rig.DataOut(itt, tags[1], 0, 4096, new byte[4096], final: true);
        Assert.Equal(TaskManagementResponseCode.FunctionComplete, _rig.Single(Opcode.TaskManagementResponse).Function);
        _rig.AssertNothingLeaks();
    }

    private byte[] DataOut(uint itt, uint ttt, uint offset, int length)
    {
        byte[] header = _rig.Header(new DataOut(true, 0, itt, ttt, default, offset).Emit, 0);
        Bhs.SetLengths(header, 0, length);
        return header;
    }
}
