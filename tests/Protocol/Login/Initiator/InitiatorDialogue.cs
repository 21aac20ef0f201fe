using System.Text;
using Blockwire.Protocol.Authentication;
using Blockwire.Protocol.Login;
using Blockwire.Protocol.Naming;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Login;

/// <summary>
/// Plays a target against <see cref="InitiatorLogin"/>, one PDU at a time, and holds every request against the rules that all requests obey. Text is written
/// with ';' for the NUL behind each pair.
/// </summary>
internal sealed class InitiatorDialogue
{
    public const string Names = "InitiatorName=" + LoginDialogue.Initiator + ";SessionType=Normal;TargetName=" + FakeDirectory.Target + ";";
    public const uint FirstStatSN = 9000;
    public const string Tag = "TargetPortalGroupTag=1;";

    /// <summary>What a plain target answers to the default offers.</summary>
    public const string Answers = "HeaderDigest=None;DataDigest=None;MaxConnections=1;InitialR2T=Yes;ImmediateData=Yes;MaxRecvDataSegmentLength=65536;" +
        "MaxBurstLength=262144;FirstBurstLength=65536;DefaultTime2Wait=2;DefaultTime2Retain=20;MaxOutstandingR2T=1;DataPDUInOrder=Yes;" +
        "DataSequenceInOrder=Yes;ErrorRecoveryLevel=0;TaskReporting=RFC3720;iSCSIProtocolLevel=1;";

    private readonly InitiatorLogin _login;
    private readonly LoginPlan _plan;
    private Serial32 _statSN = new(FirstStatSN);

    public InitiatorDialogue(LoginPlan? plan = null, RandomSource? random = null)
    {
        _plan = plan ?? Plan();
        _login = new InitiatorLogin(_plan, random ?? Counting());
        Step = _login.Start();
        Verify(Step, isFirst: true);
    }

    /// <summary>What the initiator wants done now.</summary>
    public InitiatorLoginStep Step { get; private set; }

    public InitiatorLogin Login => _login;

    public string Text => LoginText(Step.Data);

    public static LoginPlan Plan() => new()
    {
        InitiatorName = Name(LoginDialogue.Initiator),
        TargetName = Name(FakeDirectory.Target),
        Isid = 0x80123456789a,
        InitiatorTaskTag = 0x77,
        CmdSN = new Serial32(500),
    };

    public static IscsiName Name(string text) => IscsiName.TryReceive(text, out IscsiName name, out string? why) ? name : throw new ArgumentException(why);

    /// <summary>Random bytes that are not.</summary>
    public static RandomSource Counting(byte seed = 1) => bytes =>
    {
        for (int at = 0; at < bytes.Length; at++)
        {
            bytes[at] = unchecked((byte)(seed + at));
        }
    };

    public static string LoginText(ReadOnlyMemory<byte> data) => Encoding.UTF8.GetString(data.Span).Replace('\0', ';');

    /// <summary>Answers the last request: stays in the stage unless <paramref name="transit"/>, and then goes where the request asked to.</summary>
    public InitiatorLoginStep Answer(string text, bool transit = false, bool more = false, Func<LoginResponse, LoginResponse>? change = null)
    {
        LoginRequest request = Step.Request;
        LoginResponse response = new(
            transit, more, request.CurrentStage, transit ? request.NextStage : default, 0, 0, request.Isid,
            transit && request.NextStage == LoginStage.FullFeaturePhase && request.Tsih == 0 ? (ushort)7 : request.Tsih, request.InitiatorTaskTag,
            LoginStatus.Success);
        return Respond(change?.Invoke(response) ?? response, LoginDialogue.Bytes(text));
    }

    public InitiatorLoginStep Refuse(LoginStatus status, string text = "") =>
        Respond(new(false, false, default, default, 0, 0, Step.Request.Isid, 0, Step.Request.InitiatorTaskTag, status), LoginDialogue.Bytes(text));

    public InitiatorLoginStep Respond(in LoginResponse response, ReadOnlySpan<byte> data, uint skipStatSN = 0)
    {
        _statSN += skipStatSN;
        Step = _login.OnResponse(response, new(_statSN, _plan.CmdSN, _plan.CmdSN + 31), data);
        _statSN++;
        Verify(Step, isFirst: false);
        return Step;
    }

    public InitiatorLoginOutcome Complete(string text) =>
        Answer(text, transit: true).Outcome ?? throw new InvalidOperationException(Step.Failure?.Why);

    /// <summary>The step is a failure of this kind, which says all of these words.</summary>
    public static void AssertFailed(InitiatorLoginStep step, LoginFailureKind kind, params string[] words)
    {
        Assert.Equal(InitiatorLoginNext.Failed, step.Next);
        Assert.NotNull(step.Failure);
        Assert.Equal(kind, step.Failure.Kind);
        Assert.All(words, word => Assert.Contains(word, step.Failure.Why, StringComparison.Ordinal));
    }

    private void Verify(InitiatorLoginStep step, bool isFirst)
    {
        Assert.Equal(step.Next == InitiatorLoginNext.FullFeature, step.Outcome is not null);
        Assert.Equal(step.Next == InitiatorLoginNext.Failed, step.Failure is not null);
        if (step.Failure is { } failure)
        {
            Assert.False(string.IsNullOrWhiteSpace(failure.Why));
            Assert.DoesNotContain(failure.Why, char.IsControl);
        }

        if (step.Next != InitiatorLoginNext.Send)
        {
            return;
        }

        LoginRequest request = step.Request;
        Span<byte> bhs = stackalloc byte[Bhs.Length];
        request.Emit(bhs);
        Assert.True(LoginRequest.Parse(new LoginRequestView(bhs), out LoginRequest parsed).IsOk);
        Assert.Equal(request, parsed);
        Assert.Equal((_plan.Isid, _plan.Tsih, _plan.Cid, _plan.InitiatorTaskTag), (request.Isid, request.Tsih, request.Cid, request.InitiatorTaskTag));
        Assert.Equal((0, 0), (request.VersionMax, request.VersionMin));
        Assert.Equal(_plan.CmdSN, step.Numbers.CmdSN);
        Assert.Equal(isFirst ? _plan.ExpStatSN : _statSN, step.Numbers.ExpStatSN);
        Assert.True(step.Data.Length <= 8192, "6.3: default MaxRecvDataSegmentLength holds in login");
        Assert.False(request.Transit && request.Continue, "11.12.2: T and C");
    }
}
