using System.Text;
using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Text;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Text;

/// <summary>Plays an initiator's side of a text exchange and holds every response against the rules that all responses obey.</summary>
internal sealed class TextDialogue(SessionType type, string? targetName, ISendTargets targets, TextLimits? limits = null)
{
    public const uint Itt = 0x55;
    private const ulong Lun = 0x0001_0000_0000_0000;

    private readonly TargetTextExchange _exchange = new(new TextSessionFacts(type, targetName), targets, limits ?? TextLimits.Default);

    public TargetTextExchange Exchange => _exchange;

    /// <summary>Most bytes the initiator takes in a data segment.</summary>
    public int PeerLimit { get; set; } = 8192;

    public uint LastTag { get; private set; } = Bhs.ReservedTag;

    public TextStep Send(string text, bool final = true, bool more = false, uint? tag = null, uint itt = Itt, bool immediate = false) =>
        SendBytes(Encoding.UTF8.GetBytes(text.Replace(';', '\0')), final, more, tag, itt, immediate);

    public TextStep SendBytes(ReadOnlySpan<byte> data, bool final = true, bool more = false, uint? tag = null, uint itt = Itt, bool immediate = false)
    {
        TextRequest request = new(immediate, final, more, Lun, itt, tag ?? LastTag);
        TextStep step = _exchange.OnRequest(request, data, PeerLimit);
        Verify(step, request);
        LastTag = step.RejectReason is null ? step.Response.TargetTransferTag : Bhs.ReservedTag;
        return step;
    }

    /// <summary>Sends empty requests until the answer is whole.</summary>
    public string SendAndDrain(string text, out List<TextStep> steps)
    {
        TextStep step = Send(text);
        steps = [step];
        while (step.RejectReason is null && !step.Response.Final)
        {
            step = Send("");
            steps.Add(step);
        }

        return string.Concat(steps.Select(TextOf));
    }

    public static string TextOf(TextStep step) => Encoding.UTF8.GetString(step.Data.Span).Replace('\0', ';');

    private void Verify(TextStep step, in TextRequest request)
    {
        if (step.RejectReason is not null)
        {
            Assert.False(string.IsNullOrEmpty(step.Rule) || string.IsNullOrEmpty(step.Why));
            Assert.True(step.Data.IsEmpty);
            Assert.False(_exchange.IsOpen);
            return;
        }

        TextResponse response = step.Response;
        Span<byte> bhs = stackalloc byte[Bhs.Length];
        response.Emit(bhs);
        Assert.True(TextResponse.Parse(new TextResponseView(bhs), out TextResponse parsed).IsOk);
        Assert.Equal(response, parsed);
        Assert.Equal(request.InitiatorTaskTag, response.InitiatorTaskTag);
        Assert.False(response.Final && !request.Final, "11.11.1: F in answer to no F");
        Assert.Equal(response.Final, response.TargetTransferTag == Bhs.ReservedTag);
        Assert.Equal(response.Final ? 0 : Lun, response.Lun);
        Assert.False(request.Continue && !step.Data.IsEmpty, "6.2: data in answer to C");
        Assert.True(step.Data.Length <= PeerLimit, "11.11.6");
        Assert.Equal(!response.Final, _exchange.IsOpen);
        Assert.True(step.PeerMaxRecvDataSegmentLength is null || response.Final, "6.4: values take effect at the end");
    }
}
