from manoir.templates import Library, Node

register = Library()


@register.filter
def shout(value):
    return f"{value}!"


@register.simple_tag
def double(number, suffix=""):
    return f"{number * 2}{suffix}"


class UpperNode(Node):
    def __init__(self, nodelist):
        self.nodelist = nodelist

    def render(self, context):
        return self.nodelist.render(context).upper()


@register.tag("uppercase")
def compile_uppercase(parser, token):
    nodelist = parser.parse(("enduppercase",))
    parser.delete_first_token()
    return UpperNode(nodelist)


@register.inclusion_tag("tagged/card.html")
def card(title):
    return {"title": title}
