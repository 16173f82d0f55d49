"""FastAPI with SQLAlchemy's asyncio ORM and Jinja2."""

import os

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse
from jinja2 import Environment, FileSystemLoader
from sqlalchemy import select
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

engine = create_async_engine(
    os.environ["BENCH_DATABASE_URL"].replace("postgresql://", "postgresql+asyncpg://"), pool_size=10, max_overflow=0
)
Session = async_sessionmaker(engine, expire_on_commit=False)
templates = Environment(loader=FileSystemLoader(os.path.join(os.path.dirname(__file__), "templates")), autoescape=True)
application = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)


class Base(DeclarativeBase):
    pass


class World(Base):
    __tablename__ = "world"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    number: Mapped[int]


@application.get("/plaintext", response_class=PlainTextResponse)
async def plaintext():
    return PlainTextResponse("Hello, World!")


@application.get("/json", response_class=JSONResponse)
async def json():
    return JSONResponse({"message": "Hello, World!"})


@application.get("/db")
async def db():
    async with Session() as session:
        row = await session.get(World, 4711)
        return JSONResponse({"id": row.id, "name": row.name, "number": row.number})


async def twenty():
    async with Session() as session:
        return (await session.scalars(select(World).where(World.id > 4711).order_by(World.id).limit(20))).all()


@application.get("/rows")
async def rows():
    return JSONResponse([{"id": row.id, "name": row.name, "number": row.number} for row in await twenty()])


@application.get("/page")
async def page():
    return HTMLResponse(templates.get_template("page_jinja.html").render(rows=await twenty()))
