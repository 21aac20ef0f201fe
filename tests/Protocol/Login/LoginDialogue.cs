using System.Text;
using Blockwire.Protocol.Login;
using Blockwire.Protocol.Negotiation;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Login;

/// <summary>
/// Plays an initiator against <see cref="TargetLogin"/>, one PDU at a time, and holds every answer against the rules that all answers obey.
/// Text is written with ';' for the NUL behind each pair.
/// </summary>
internal sealed class LoginDialogue
{
    public const string Initiator = "iqn.1994-05.com.example:host";
    public const string Names = "InitiatorName=" + Initiator + ";SessionType=Normal;TargetName=" + FakeDirectory.Target + ";";
    public const string DiscoveryNames = "InitiatorName=" + Initiator + ";SessionType=Discovery;";
    public const uint FirstStatSN = 1000;

    public const LoginStage Security = LoginStage.SecurityNegotiation;
    public const LoginStage Operational = LoginStage.LoginOperationalNegotiation;
    public const LoginStage FullFeature = LoginStage.FullFeaturePhase;

    private readonly TargetLogin _login;
    private uint _expectedStatSN = FirstStatSN;
    private bool _admitted;

    public LoginDialogue(FakeDirectory? directory = null, TargetOffers? offers = null, LoginLimits? limits = null)
    {
        Directory = directory ?? new FakeDirectory();
        _login = new TargetLogin(Directory, offers ?? new TargetOffers(), limits ?? LoginLimits.Default, new Serial32(FirstStatSN));
    }

    public FakeDirectory Directory { get; }

    public TargetLogin Login => _login;

    /// <summary>Fields that requests carry; change it to break a rule.</summary>
    public LoginRequest Header { get; set; } = new(false, false, Security, Security, 0, 0, 0x00023D000001, 0, 0x1234, 5);

    public Serial32 CmdSN { get; set; } = new(500);

    /// <summary>Sends a request in <paramref name="stage"/>; wants to leave for <paramref name="next"/> if that is given.</summary>
    public LoginStep Send(string text, LoginStage stage, LoginStage? next = null, bool more = false) =>
        SendBytes(Bytes(text), stage, next, more);

    public LoginStep SendBytes(ReadOnlySpan<byte> data, LoginStage stage, LoginStage? next = null, bool more = false)
    {
        LoginRequest request = Header with { CurrentStage = stage, Transit = next is not null, NextStage = next ?? Security, Continue = more };
        return SendRaw(request, data);
    }

    public LoginStep SendRaw(in LoginRequest request, ReadOnlySpan<byte> data)
    {
        LoginStep step = _login.OnRequest(request, new InitiatorNumbers(CmdSN, new Serial32(_expectedStatSN)), data);
        Verify(step, request);
        return step;
    }

    /// <summary>Sends empty requests until the answer has no C bit, and gives the whole text.</summary>
    public string Drain(LoginStep first, LoginStage stage, LoginStage? next, out LoginStep last)
    {
        StringBuilder text = new(TextOf(first));
        last = first;
        while (last.Response.Continue)
        {
            last = Send("", stage, next);
            text.Append(TextOf(last));
        }

        return text.ToString();
    }

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text.Replace(';', '\0'));

    public static string TextOf(LoginStep step) => Encoding.UTF8.GetString(step.Data.Span).Replace('\0', ';');

    /// <summary>The value of a key in an answer, or null.</summary>
    public static string? Value(LoginStep step, string key) =>
        TextOf(step).Split(';').Where(pair => pair.StartsWith(key + "=", StringComparison.Ordinal)).Select(pair => pair[(key.Length + 1)..]).SingleOrDefault();

    public static void AssertRefused(LoginStep step, LoginStatus status)
    {
        Assert.Equal(status, step.Response.Status);
        Assert.Equal(LoginNext.Close, step.Next);
    }

    /// <summary>A complete login from the operational stage, with these keys.</summary>
    public static LoginOutcome Complete(string keys, TargetOffers? offers = null, string names = Names) =>
        new LoginDialogue(offers: offers).Send(names + keys, Operational, FullFeature).Outcome ?? throw new InvalidOperationException("login was refused");

    private void Verify(LoginStep step, in LoginRequest request)
    {
        LoginResponse response = step.Response;
        Span<byte> bhs = stackalloc byte[Bhs.Length];
        response.Emit(bhs);
        Assert.True(LoginResponse.Parse(new LoginResponseView(bhs), out LoginResponse parsed).IsOk);
        Assert.Equal(response, parsed);
        Assert.Equal(request.InitiatorTaskTag, response.InitiatorTaskTag);
        Assert.Equal(request.Isid, response.Isid);
        if (response.Status != LoginStatus.Success)
        {
            Assert.Equal(LoginNext.Close, step.Next);
            Assert.False(response.Transit || response.Continue);
            Assert.Null(step.Outcome);
            Assert.False(string.IsNullOrWhiteSpace(step.Why));
            Assert.DoesNotContain(step.Why!, char.IsControl);
            return;
        }

        Assert.Equal(_expectedStatSN++, step.Numbers.StatSN.Value);
        Assert.False(response.Transit && !request.Transit, "11.13.6: T without being asked");
        Assert.False(response.Transit && response.Continue, "11.13.7: T and C");
        Assert.False(request.Continue && !step.Data.IsEmpty, "6.2: data in answer to C");
        Assert.Equal(request.CurrentStage, response.CurrentStage);
        Assert.True(!response.Transit || response.NextStage <= request.NextStage, "6.3: NSG beyond the proposal");
        Assert.True(step.Data.Length <= 8192, "6.3: default MaxRecvDataSegmentLength holds in login");
        Assert.Null(step.Why);
        bool final = response.Transit && response.NextStage == LoginStage.FullFeaturePhase;
        Assert.Equal(final ? LoginNext.FullFeature : LoginNext.Continue, step.Next);
        Assert.Equal(final, step.Outcome is not null);
        Assert.Equal(final ? FakeDirectory.GivenTsih : request.Tsih, response.Tsih);
        Assert.False(_admitted);
        _admitted = final;
        Assert.Equal(_admitted ? 1 : 0, Directory.Admitted.Count);
    }
}
